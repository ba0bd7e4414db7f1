import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { OptionError } from '../../common/errors.js';

/** Where a key lies: `<path>/<name>/hotkeys/<hotkey>`, as btcli lays wallets out. */
export interface WalletLocation {
  readonly name: string;
  readonly hotkey: string;
  /** Folder of all wallets, `~/.bittensor/wallets` unless told otherwise; a leading `~` is the home folder. */
  readonly path: string;
}

export interface WalletFiles {
  readonly folder: string;
  readonly coldkey: string;
  readonly coldkeyPublic: string;
  readonly hotkeys: string;
  readonly hotkey: string;
  readonly hotkeyPublic: string;
}

/** @throws OptionError when a name could leave the wallets' folder. */
export function walletFiles(location: WalletLocation): WalletFiles {
  checkName('--wallet.name', location.name);
  checkName('--wallet.hotkey', location.hotkey);
  const folder = join(walletsFolder(location.path), location.name);
  const hotkeys = join(folder, 'hotkeys');
  return {
    folder,
    coldkey: join(folder, 'coldkey'),
    coldkeyPublic: join(folder, 'coldkeypub.txt'),
    hotkeys,
    hotkey: join(hotkeys, location.hotkey),
    hotkeyPublic: join(hotkeys, `${location.hotkey}pub.txt`),
  };
}

/** The wallets' folder with a leading `~` resolved. */
export function walletsFolder(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/** `name/hotkey` of every hotkey file under the wallets' folder, sorted; empty when there is none. */
export async function listWallets(path: string): Promise<string[]> {
  const root = walletsFolder(path);
  const found: string[] = [];
  for (const name of await namesIn(root)) {
    for (const hotkey of await namesIn(join(root, name, 'hotkeys'))) {
      if (!hotkey.endsWith('pub.txt')) found.push(`${name}/${hotkey}`);
    }
  }
  return found.sort();
}

/** What a folder holds, sorted, hidden files left out. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch {
    return []; // missing, not a folder, or not ours to read: nothing found there
  }
}

function checkName(option: string, name: string): void {
  const sound = /^[^./\\\p{Cc}][^/\\\p{Cc}]{0,127}$/u.test(name);
  if (!sound) throw new OptionError(option, 'a name without path separators or a leading dot', name);
}

import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { KeyringPair } from '@polkadot/keyring/types';
import { cryptoWaitReady, mnemonicGenerate } from '@polkadot/util-crypto';
import { HealthTensorError, messageOf } from '../common/errors.js';
import { syncFolder } from '../common/files.js';
import type { Log } from '../common/log.js';
import { readKeyfile, writeKeyfile, writePublicKeyfile } from './keyfile.js';
import {
  listWallets,
  walletFiles,
  walletsFolder,
  type WalletFiles,
  type WalletLocation,
} from './wallet-layout.js';

/** A keyfile is a few hundred bytes; anything much larger is something else. */
const MAX_KEYFILE_BYTES = 64 * 1024;

/**
 * The hotkey's key pair. Coldkeys are never read.
 * @throws OptionError for a bad name; HealthTensorError WALLET_MISSING (with the wallets that exist), WALLET_UNREADABLE,
 * WALLET_ENCRYPTED.
 */
export async function loadHotkey(location: WalletLocation, o: { log?: Log } = {}): Promise<KeyringPair> {
  const file = walletFiles(location).hotkey;
  let text: string;
  try {
    const facts = await stat(file);
    if (!facts.isFile() || facts.size > MAX_KEYFILE_BYTES)
      throw new Error(`expected a file of at most ${MAX_KEYFILE_BYTES} bytes`);
    if ((facts.mode & 0o077) !== 0) {
      const mode = (facts.mode & 0o777).toString(8);
      o.log?.warning(`Other users may read the hotkey ${file} (mode ${mode}): chmod 600 ${file}`);
    }
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) throw await missing(location, file);
    throw new HealthTensorError(
      'WALLET_UNREADABLE',
      `The key in ${file} cannot be read: ${messageOf(error)}`,
      {
        remedy: 'Check that this is the keyfile, who owns it and its permissions (600).',
        cause: error,
      },
    );
  }
  await cryptoWaitReady();
  return readKeyfile(text, file);
}

export interface NewWallet {
  readonly coldkey: KeyringPair;
  readonly hotkey: KeyringPair;
  /** The words that restore the coldkey; nothing keeps them but the keyfile. */
  readonly coldkeyMnemonic: string;
  readonly hotkeyMnemonic: string;
}

/**
 * Makes a wallet with a new coldkey and hotkey (sr25519, 12 words each) in files that btcli reads: unencrypted, mode
 * 600, folders 700. All of it appears in one rename, or nothing. It never overwrites.
 * @throws OptionError for a bad name; HealthTensorError WALLET_EXISTS when the wallet's folder exists.
 */
export async function createWallet(location: WalletLocation): Promise<NewWallet> {
  await cryptoWaitReady();
  const files = walletFiles(location);
  if (await exists(files.folder)) throw existing(location, files);
  const [coldkeyMnemonic, hotkeyMnemonic] = [mnemonicGenerate(12), mnemonicGenerate(12)];
  const coldkeyText = writeKeyfile(coldkeyMnemonic);
  const hotkeyText = writeKeyfile(hotkeyMnemonic);
  const coldkey = readKeyfile(coldkeyText, files.coldkey);
  const hotkey = readKeyfile(hotkeyText, files.hotkey);

  const root = dirname(files.folder);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const draft = join(root, `.${location.name}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const hotkeys = join(draft, basename(files.hotkeys));
    await mkdir(draft, { mode: 0o700 });
    await mkdir(hotkeys, { mode: 0o700 });
    await writeNew(join(draft, basename(files.coldkey)), coldkeyText);
    await writeNew(join(draft, basename(files.coldkeyPublic)), writePublicKeyfile(coldkey.publicKey));
    await writeNew(join(hotkeys, basename(files.hotkey)), hotkeyText);
    await writeNew(join(hotkeys, basename(files.hotkeyPublic)), writePublicKeyfile(hotkey.publicKey));
    await syncFolder(hotkeys);
    await syncFolder(draft);
    await rename(draft, files.folder); // refused by the system when a wallet has appeared there meanwhile
    await syncFolder(root);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (isCode(error, 'ENOTEMPTY') || isCode(error, 'EEXIST') || isCode(error, 'ENOTDIR')) {
      throw existing(location, files);
    }
    throw error;
  }
  return { coldkey, hotkey, coldkeyMnemonic, hotkeyMnemonic };
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function missing(location: WalletLocation, file: string): Promise<HealthTensorError> {
  const found = await listWallets(location.path);
  const shown = found.slice(0, 20).join(', ') + (found.length > 20 ? ` and ${found.length - 20} more` : '');
  const folder = walletsFolder(location.path);
  const names = `--wallet.name ${location.name} --wallet.hotkey ${location.hotkey} --wallet.path ${folder}`;
  const hasColdkey = await exists(walletFiles(location).coldkeyPublic);
  return new HealthTensorError(
    'WALLET_MISSING',
    `There is no hotkey ${JSON.stringify(location.hotkey)} of wallet ${JSON.stringify(location.name)}: ${file} does not exist. ` +
      (found.length === 0 ? `No wallets are in ${folder}.` : `Wallets in ${folder}: ${shown}.`),
    { remedy: `Create it with: btcli wallet ${hasColdkey ? 'new-hotkey' : 'create'} ${names}` },
  );
}

function existing(location: WalletLocation, files: WalletFiles): HealthTensorError {
  return new HealthTensorError(
    'WALLET_EXISTS',
    `The wallet ${JSON.stringify(location.name)} exists already: ${files.folder}. Wallets are never overwritten.`,
    { remedy: 'Choose another --wallet.name, or use the wallet that is there.' },
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

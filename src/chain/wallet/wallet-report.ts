import { join } from 'node:path';
import { messageOf } from '../../common/errors.js';
import { type Encryption, encryptionOf } from './encryption.js';
import { isOpenToOthers, readKeyBytes } from './key-bytes.js';
import { claimedAddress } from './keyfile-fields.js';
import { namesIn, walletsFolder } from './layout.js';

/** What can be said of a key without opening it. */
export interface KeyReport {
  readonly file: string;
  /** SS58; undefined when the file is encrypted and no `pub.txt` is beside it. */
  readonly address: string | undefined;
  /** `none` for a plain file; undefined when there is only a `pub.txt`. */
  readonly encryption: Encryption | 'none' | undefined;
  /** Permissions as `ls` and `chmod` have them: 600. */
  readonly mode: string | undefined;
  /** What is wrong with it, in a sentence. */
  readonly problem: string | undefined;
}

export interface WalletReport {
  readonly name: string;
  /** Undefined when the wallet has neither coldkey nor coldkeypub.txt here. */
  readonly coldkey: KeyReport | undefined;
  readonly hotkeys: readonly ({ readonly name: string } & KeyReport)[];
}

const PUBLIC_ENDING = 'pub.txt';

/** Every wallet below the folder, by name. No secret is derived or decrypted; what cannot be read is reported as such. */
export async function reportWallets(path: string): Promise<WalletReport[]> {
  const root = walletsFolder(path);
  const reports: WalletReport[] = [];
  for (const name of await namesIn(root)) {
    const folder = join(root, name);
    const coldkey = await reportKey(join(folder, 'coldkey'), join(folder, 'coldkeypub.txt'));
    const hotkeys: WalletReport['hotkeys'][number][] = [];
    for (const hotkey of await hotkeyNames(join(folder, 'hotkeys'))) {
      const file = join(folder, 'hotkeys', hotkey);
      const report = await reportKey(file, `${file}${PUBLIC_ENDING}`);
      if (report !== undefined) hotkeys.push({ name: hotkey, ...report });
    }
    if (coldkey !== undefined || hotkeys.length > 0) reports.push({ name, coldkey, hotkeys });
  }
  return reports;
}

/** A hotkey may be here with its keyfile, its `pub.txt`, or both. */
async function hotkeyNames(folder: string): Promise<string[]> {
  const files = await namesIn(folder);
  return [
    ...new Set(
      files.map((file) => (file.endsWith(PUBLIC_ENDING) ? file.slice(0, -PUBLIC_ENDING.length) : file)),
    ),
  ];
}

async function reportKey(file: string, publicFile: string): Promise<KeyReport | undefined> {
  try {
    const secret = await readKeyBytes(file);
    const open = await readKeyBytes(publicFile);
    if (secret === undefined && open === undefined) return undefined;
    const encryption = secret && (encryptionOf(secret.bytes) ?? 'none');
    const own =
      secret && encryption === 'none' ? claimedAddress(secret.bytes.toString('utf8'), file) : undefined;
    const published = open && claimedAddress(open.bytes.toString('utf8'), publicFile);
    return {
      file,
      address: own ?? published,
      encryption,
      mode: secret?.mode.toString(8).padStart(3, '0'),
      problem:
        own !== undefined && published !== undefined && own !== published
          ? `${publicFile} is of another key, ${published}`
          : secret !== undefined && isOpenToOthers(secret.mode)
            ? `other users may read it: chmod 600 ${file}`
            : undefined,
    };
  } catch (error) {
    return { file, address: undefined, encryption: undefined, mode: undefined, problem: messageOf(error) };
  }
}

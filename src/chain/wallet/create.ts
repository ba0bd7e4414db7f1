import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { KeyringPair } from '@polkadot/keyring/types';
import { cryptoWaitReady, mnemonicGenerate } from '@polkadot/util-crypto';
import { HealthTensorError } from '../../common/errors.js';
import { syncFolder } from '../../common/files.js';
import { encryptKeyfile } from './encryption.js';
import { isCode, readKeyBytes } from './key-bytes.js';
import { type KeySecret, readKeyfile, writeKeyfile } from './keyfile.js';
import { claimedAddress } from './keyfile-fields.js';
import { walletFiles, type WalletFiles, type WalletLocation } from './layout.js';
import { pathExists, writeNewFile } from './new-files.js';
import type { KeyType } from './secret-pair.js';
import type { WordCount } from './word-counts.js';

export interface NewWallet {
  readonly coldkey: KeyringPair;
  readonly hotkey: KeyringPair;
  /** The words that restore the coldkey; nothing keeps them but the keyfile. */
  readonly coldkeyMnemonic: string;
  readonly hotkeyMnemonic: string;
}

/**
 * Makes a wallet with a new coldkey and hotkey (sr25519) in files that btcli reads: mode 600, folders 700; the hotkey is
 * not encrypted, the coldkey is when a password is given (which takes seconds). All of it appears in one rename, or
 * nothing. It never overwrites.
 * @throws OptionError for a bad name; HealthTensorError WALLET_EXISTS when the wallet's folder exists, OUT_OF_MEMORY
 */
export async function createWallet(
  location: WalletLocation,
  o: { coldkeyPassword?: string | undefined; words?: WordCount; signal?: AbortSignal } = {},
): Promise<NewWallet> {
  await cryptoWaitReady();
  const files = walletFiles(location);
  await refuseExisting(location, 'folder');
  const [coldkeyMnemonic, hotkeyMnemonic] = [
    mnemonicGenerate(o.words ?? 12),
    mnemonicGenerate(o.words ?? 12),
  ];
  const coldkey = writeKeyfile({ phrase: coldkeyMnemonic });
  const hotkey = writeKeyfile({ phrase: hotkeyMnemonic });
  const coldkeyFile = await sealed(coldkey.secret, o.coldkeyPassword, o.signal);

  const root = dirname(files.folder);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const draft = join(root, `.${location.name}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const hotkeys = join(draft, basename(files.hotkeys));
    await mkdir(draft, { mode: 0o700 });
    await mkdir(hotkeys, { mode: 0o700 });
    await writeNewFile(join(draft, basename(files.coldkey)), coldkeyFile);
    await writeNewFile(join(draft, basename(files.coldkeyPublic)), coldkey.public);
    await writeNewFile(join(hotkeys, basename(files.hotkey)), hotkey.secret);
    await writeNewFile(join(hotkeys, basename(files.hotkeyPublic)), hotkey.public);
    await syncFolder(hotkeys);
    await syncFolder(draft);
    await rename(draft, files.folder); // refused by the system when a wallet has appeared there meanwhile
    await syncFolder(root);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (isCode(error, 'ENOTEMPTY') || isCode(error, 'EEXIST') || isCode(error, 'ENOTDIR')) {
      throw walletExists(location, files);
    }
    throw error;
  }
  return {
    coldkey: readKeyfile(coldkey.secret, files.coldkey).pair,
    hotkey: readKeyfile(hotkey.secret, files.hotkey).pair,
    coldkeyMnemonic,
    hotkeyMnemonic,
  };
}

/** A key that was added to a wallet. */
export interface NewKey {
  readonly address: string;
  readonly file: string;
  /** The words of a key made here; undefined when it was made from something given. */
  readonly mnemonic: string | undefined;
}

/**
 * Adds a hotkey or a coldkey to a wallet, whose folder is made when there is none: a new key, or the one that `secret`
 * leads to. Encrypted when a password is given (seconds, 512 MiB). It never overwrites; a `pub.txt` that is there
 * already must be of the same key.
 * @throws OptionError for a bad name; HealthTensorError WALLET_EXISTS, OUT_OF_MEMORY
 */
export async function addKey(
  location: WalletLocation,
  o: {
    which: 'hotkey' | 'coldkey';
    secret?: KeySecret | undefined;
    type?: KeyType;
    words?: WordCount;
    password?: string | undefined;
    signal?: AbortSignal;
  },
): Promise<NewKey> {
  await cryptoWaitReady();
  const files = walletFiles(location);
  const file = files[o.which];
  const publicFile = o.which === 'hotkey' ? files.hotkeyPublic : files.coldkeyPublic;
  await refuseExisting(location, o.which);
  const mnemonic = o.secret === undefined ? mnemonicGenerate(o.words ?? 12) : undefined;
  const key = writeKeyfile(o.secret ?? { phrase: mnemonic ?? '' }, o.type);
  const known = await readKeyBytes(publicFile);
  if (known !== undefined && claimedAddress(known.bytes.toString('utf8'), publicFile) !== key.address) {
    throw keyExists(publicFile, ', and is of another key');
  }
  const content = await sealed(key.secret, o.password, o.signal);
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await writeNewFile(file, content);
    if (known === undefined) await writeNewFile(publicFile, key.public);
  } catch (error) {
    if (isCode(error, 'EEXIST')) throw keyExists(file);
    throw error;
  }
  await syncFolder(folder);
  return { address: key.address, file, mnemonic };
}

/**
 * Nothing of a wallet is ever overwritten; whoever asks people for words or passwords finds out first.
 * @throws OptionError for a bad name; HealthTensorError WALLET_EXISTS
 */
export async function refuseExisting(
  location: WalletLocation,
  what: 'folder' | 'hotkey' | 'coldkey',
): Promise<void> {
  const files = walletFiles(location);
  if (!(await pathExists(files[what]))) return;
  throw what === 'folder' ? walletExists(location, files) : keyExists(files[what]);
}

async function sealed(
  text: string,
  password: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string | Buffer> {
  if (password === undefined) return text;
  const bytes = Buffer.from(password);
  return encryptKeyfile(text, bytes, signal).finally(() => bytes.fill(0));
}

function walletExists(location: WalletLocation, files: WalletFiles): HealthTensorError {
  return new HealthTensorError(
    'WALLET_EXISTS',
    `The wallet ${JSON.stringify(location.name)} exists already: ${files.folder}. Wallets are never overwritten.`,
    {
      remedy:
        'Choose another --wallet.name, use the wallet that is there, or add a hotkey to it: healthtensor wallet new-hotkey.',
    },
  );
}

function keyExists(file: string, more = ''): HealthTensorError {
  return new HealthTensorError(
    'WALLET_EXISTS',
    `${file} exists already${more}. Keys are never overwritten.`,
    {
      remedy: 'Choose another name, or move the file away yourself.',
    },
  );
}

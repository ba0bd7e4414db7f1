import type { KeyringPair } from '@polkadot/keyring/types';
import { encryptionOf } from './encryption.js';
import { readKeyBytes } from './key-bytes.js';
import { unreadable } from './keyfile-error.js';
import { claimedAddress } from './keyfile-fields.js';
import { walletFiles, type WalletLocation } from './layout.js';
import { missingKey } from './missing-key.js';
import { openKey, type UnlockOptions } from './open-key.js';

/**
 * The hotkey's key pair. Nothing but its file is read: a coldkey is not needed to run.
 * @throws OptionError for a bad name; HealthTensorError WALLET_MISSING (with the wallets that exist), WALLET_ENCRYPTED,
 * WRONG_PASSWORD, BAD_PASSWORD_VARIABLE, WALLET_UNREADABLE, OUT_OF_MEMORY; the signal's reason
 */
export async function loadHotkey(location: WalletLocation, o: UnlockOptions = {}): Promise<KeyringPair> {
  const file = walletFiles(location).hotkey;
  const found = await readKeyBytes(file);
  if (found === undefined) throw await missingKey(location, 'hotkey');
  return (await openKey(file, found, o)).pair;
}

/**
 * Opens the coldkey, lets `use` sign with it, and overwrites it in memory afterwards. For registering alone.
 * @throws as loadHotkey, and whatever `use` throws
 */
export async function withColdkey<T>(
  location: WalletLocation,
  o: UnlockOptions,
  use: (coldkey: KeyringPair) => Promise<T>,
): Promise<T> {
  const file = walletFiles(location).coldkey;
  const found = await readKeyBytes(file);
  if (found === undefined) throw await missingKey(location, 'coldkey');
  const key = await openKey(file, found, o);
  try {
    return await use(key.pair);
  } finally {
    key.wipe();
  }
}

/**
 * The address of a wallet's hotkey or coldkey, without its secret: from the `pub.txt` file, else from the keyfile where
 * that is not encrypted.
 * @throws OptionError; HealthTensorError WALLET_MISSING, WALLET_UNREADABLE
 */
export async function addressOfKey(location: WalletLocation, which: 'hotkey' | 'coldkey'): Promise<string> {
  const files = walletFiles(location);
  const publicFile = which === 'hotkey' ? files.hotkeyPublic : files.coldkeyPublic;
  const fromPublic = await readKeyBytes(publicFile);
  const address = fromPublic && claimedAddress(fromPublic.bytes.toString('utf8'), publicFile);
  if (address !== undefined) return address;
  const found = await readKeyBytes(files[which]);
  if (found === undefined) throw await missingKey(location, which);
  const own =
    encryptionOf(found.bytes) === undefined
      ? claimedAddress(found.bytes.toString('utf8'), files[which])
      : undefined;
  if (own !== undefined) return own;
  throw unreadable(files[which], `it is encrypted or names no address, and ${publicFile} names none either`);
}

import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import type { Hotkey } from '../../../src/common/identifiers.js';

/** A development account, such as `//Alice`; the local chain endows Alice to Ferdie. */
export async function devAccount(uri: string, type: 'sr25519' | 'ed25519' = 'sr25519'): Promise<KeyringPair> {
  await cryptoWaitReady();
  return new Keyring({ type, ss58Format: 42 }).addFromUri(uri);
}

export const hotkeyOf = (pair: KeyringPair): Hotkey => pair.address as Hotkey;

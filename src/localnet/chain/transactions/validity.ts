import { hexToU8a, u8aConcat } from '@polkadot/util';
import { blake2AsU8a, ed25519Verify, sr25519Verify } from '@polkadot/util-crypto';
import { ByteWriter } from '../codec/bytes.js';
import { freeBalance } from '../calls/accounts.js';
import type { CheckContext } from '../calls/call.js';
import { callRules } from '../calls/call-table.js';
import { RUNTIME_VERSION } from '../metadata/runtime-version.js';
import { SystemItems } from '../state/items.js';
import { eraBirth, eraDeath } from './era.js';
import type { SignedExtrinsic } from './extrinsic.js';
import { transactionCost } from './fees.js';

/** Why a transaction is invalid; `custom` carries the code that subtensor's own checks answer with. */
export type Invalid =
  | { readonly reason: 'bad-proof' | 'stale' | 'future' | 'payment' | 'ancient-birth-block' | 'call' }
  | { readonly reason: 'custom'; readonly code: number };

export interface ValidityContext extends CheckContext {
  readonly genesisHash: string;
}

/** A payload longer than this is signed as its blake2_256 hash. */
const LONGEST_PLAIN_PAYLOAD = 256;

/** The bytes under the signature: call, extensions, and what both sides know (versions, genesis, era's block). */
export function signedPayload(extrinsic: SignedExtrinsic, genesisHash: string, eraHash: string): Uint8Array {
  const implicit = new ByteWriter();
  implicit.unsigned(BigInt(RUNTIME_VERSION.specVersion), 4);
  implicit.unsigned(BigInt(RUNTIME_VERSION.transactionVersion), 4);
  implicit.push(hexToU8a(genesisHash));
  implicit.push(hexToU8a(eraHash));
  implicit.push([0]); // CheckMetadataHash: no hash.
  const payload = u8aConcat(extrinsic.callBytes, extrinsic.extensionBytes, implicit.bytes());
  return payload.length > LONGEST_PLAIN_PAYLOAD ? blake2AsU8a(payload, 256) : payload;
}

function signatureHolds(extrinsic: SignedExtrinsic, payload: Uint8Array): boolean {
  const { kind, bytes } = extrinsic.signature;
  const publicKey = hexToU8a(extrinsic.signer);
  try {
    if (kind === 'sr25519') return sr25519Verify(payload, bytes, publicKey);
    if (kind === 'ed25519') return ed25519Verify(payload, bytes, publicKey);
  } catch {
    // A signer or signature that is no point of the curve: the libraries throw instead of answering.
  }
  return false;
}

/** Checks a signature once; it stays true while the hash of the era's block does. */
export function checkSignature(extrinsic: SignedExtrinsic, context: ValidityContext): Invalid | undefined {
  // A metadata hash (mode 1) would be signed too; this chain does not compute one.
  if (extrinsic.metadataHashMode !== 0) return { reason: 'bad-proof' };
  const birth = eraBirth(extrinsic.era, context.block);
  const hash =
    extrinsic.era === 'immortal' ? context.genesisHash : context.storage.get(SystemItems.blockHash, birth);
  if (/^0x0+$/.test(hash)) return { reason: 'ancient-birth-block' };
  const payload = signedPayload(extrinsic, context.genesisHash, hash);
  return signatureHolds(extrinsic, payload) ? undefined : { reason: 'bad-proof' };
}

/**
 * All checks but the signature: nonce, account, funds for the fee, then the call's own. A nonce ahead of the account is
 * `future`: fine for the pool, which keeps it waiting, not for a block.
 */
export function checkTransaction(extrinsic: SignedExtrinsic, context: CheckContext): Invalid | undefined {
  const { storage } = context;
  const rules = callRules(extrinsic.call);
  if (rules === undefined) return { reason: 'call' };
  const account = storage.get(SystemItems.account, extrinsic.signer);
  // Calls that are free may be signed by accounts that hold nothing (subtensor's own CheckNonce).
  if (rules.pays && account.providers === 0) return { reason: 'payment' };
  if (extrinsic.nonce < account.nonce) return { reason: 'stale' };
  if (freeBalance(storage, extrinsic.signer) < transactionCost(rules.pays, extrinsic.tip))
    return { reason: 'payment' };
  const code = rules.check?.(context, extrinsic.signer, extrinsic.call.args);
  if (code !== undefined) return { reason: 'custom', code };
  return extrinsic.nonce > account.nonce ? { reason: 'future' } : undefined;
}

/** The first block that can no longer hold the transaction. */
export function validUntil(extrinsic: SignedExtrinsic, block: number): number {
  return eraDeath(extrinsic.era, block);
}

import { modelDigest } from '../chain/index.js';
import { reject, type Rejection } from '../common/index.js';
import type { Candidate } from './candidate.js';

/** HASH_MISMATCH when the weights do not give the hotkey the digest that it committed; nothing without a digest. */
export function unbound(
  { hotkey, digest }: Pick<Candidate, 'hotkey'> & Partial<Pick<Candidate, 'digest'>>,
  weightsSha256: string,
): Rejection | undefined {
  if (digest === undefined || modelDigest(weightsSha256, hotkey) === digest) return undefined;
  const detail = `weights with SHA-256 ${weightsSha256} do not give ${hotkey} the committed digest`;
  return reject('HASH_MISMATCH', detail, { weightsSha256, committedDigest: digest });
}

import { createHash } from 'node:crypto';
import { HealthTensorError } from '../common/errors.js';
import {
  type Digest,
  type Hotkey,
  parseDigest,
  parseRepoId,
  parseRevision,
  type RepoId,
  type Revision,
} from '../common/identifiers.js';
import { reject, type Verdict } from '../common/verdict.js';
import { publicKeyOf } from './addresses.js';

/** The largest Raw variant of the Commitments pallet. */
export const MAX_COMMITMENT_BYTES = 128;

/** What is left for the repository id beside the revision, the digest and two blanks. */
export const MAX_REPO_ID_BYTES = MAX_COMMITMENT_BYTES - 40 - 43 - 2;

/**
 * The text that a miner writes on chain: `<repo> <revision> <digest>`, see docs/commitments.md.
 * @throws HealthTensorError COMMITMENT_TOO_LONG when the repository's id is too long.
 */
export function formatCommitment(commitment: { repo: RepoId; revision: Revision; digest: Digest }): string {
  const text = `${commitment.repo} ${commitment.revision} ${commitment.digest}`;
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_COMMITMENT_BYTES) return text;
  throw new HealthTensorError(
    'COMMITMENT_TOO_LONG',
    `The commitment for ${commitment.repo} would be ${bytes} bytes, the chain takes ${MAX_COMMITMENT_BYTES}`,
    { remedy: `Use a repository whose id (owner/name) has at most ${MAX_REPO_ID_BYTES} characters.` },
  );
}

/**
 * Reads a commitment, which a stranger wrote. The two-field form of the original subnet is read too, without digest:
 * nothing then binds it to the hotkey.
 */
export function parseCommitment(
  text: string,
): Verdict<{ repo: RepoId; revision: Revision; digest?: Digest }> {
  const shown = JSON.stringify(text.slice(0, MAX_COMMITMENT_BYTES));
  const fields = text.split(' ');
  const [repoText, revisionText, digestText] = fields;
  if (repoText === undefined || revisionText === undefined || fields.length > 3) {
    return reject('BAD_COMMITMENT', `expected "<repo> <revision> <digest>" but found ${shown}`);
  }
  const repo = parseRepoId(repoText);
  if (repo === undefined) return reject('BAD_COMMITMENT', `not a repository id at the start of ${shown}`);
  const revision = parseRevision(revisionText);
  if (revision === undefined)
    return reject('BAD_COMMITMENT', `no revision of 40 lower-case hex digits in ${shown}`);
  if (digestText === undefined) return { ok: true, repo, revision };
  const digest = parseDigest(digestText);
  if (digest === undefined)
    return reject('BAD_COMMITMENT', `no digest of 43 base64url characters in ${shown}`);
  return { ok: true, repo, revision, digest };
}

/**
 * Binds weights to their miner: unpadded base64url of SHA-256("ht1" | SHA-256 of model.safetensors | public key of the
 * hotkey), 43 characters. A copier who commits the same file under another hotkey needs another digest, and cannot
 * take over the one that is on chain.
 * @param weightsSha256Hex 64 hex digits
 * @throws HealthTensorError BAD_DIGEST_INPUT for anything else, BAD_ADDRESS for a hotkey that is no SS58 address.
 */
export function modelDigest(weightsSha256Hex: string, hotkey: Hotkey): Digest {
  if (!/^[0-9a-fA-F]{64}$/.test(weightsSha256Hex)) {
    const shown = JSON.stringify(weightsSha256Hex.slice(0, 80));
    throw new HealthTensorError(
      'BAD_DIGEST_INPUT',
      `Expected a SHA-256 of 64 hex digits but received ${shown}`,
    );
  }
  return createHash('sha256')
    .update('ht1')
    .update(Buffer.from(weightsSha256Hex, 'hex'))
    .update(publicKeyOf(hotkey))
    .digest('base64url') as Digest;
}

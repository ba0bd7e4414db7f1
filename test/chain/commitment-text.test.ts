import { describe, expect, test } from '@jest/globals';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import {
  formatCommitment,
  MAX_REPO_ID_BYTES,
  modelDigest,
  parseCommitment,
} from '../../src/chain/commitment-text.js';
import { HealthTensorError } from '../../src/common/errors.js';
import type { Digest, Hotkey, RepoId, Revision } from '../../src/common/identifiers.js';

// The worked example of docs/commitments.md.
const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY' as Hotkey;
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const REPO = 'alice/chest-cnn' as RepoId;
const REVISION = '0123456789abcdef0123456789abcdef01234567' as Revision;
const DIGEST = '34h9OVQ4h8YmGbLo_aT1paKeZb1huUF77pFzRFu0p4s' as Digest;

describe('the digest of a model', () => {
  test('is the one of the worked example', () => {
    expect(modelDigest(EMPTY_SHA256, ALICE)).toBe(DIGEST);
  });

  test('does not depend on the case of the hex digits', () => {
    expect(modelDigest(EMPTY_SHA256.toUpperCase(), ALICE)).toBe(DIGEST);
  });

  test('differs for another hotkey and for other weights', async () => {
    await cryptoWaitReady();
    const bob = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri('//Bob').address as Hotkey;
    expect(modelDigest(EMPTY_SHA256, bob)).not.toBe(DIGEST);
    expect(modelDigest(EMPTY_SHA256.replace('e', 'f'), ALICE)).not.toBe(DIGEST);
  });

  test('refuses what is no SHA-256 and what is no address', () => {
    expect(() => modelDigest('abc', ALICE)).toThrow(/Expected a SHA-256 of 64 hex digits but received "abc"/);
    expect(() => modelDigest(EMPTY_SHA256, 'nobody' as Hotkey)).toThrow(/Expected an SS58 address/);
    // A valid address of Polkadot, prefix 0, is no Bittensor address.
    expect(() =>
      modelDigest(EMPTY_SHA256, '15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5' as Hotkey),
    ).toThrow(/Expected an SS58 address of prefix 42/);
  });
});

describe('the text of a commitment', () => {
  test('is read back as it was written', () => {
    const text = formatCommitment({ repo: REPO, revision: REVISION, digest: DIGEST });
    expect(text).toBe(`${REPO} ${REVISION} ${DIGEST}`);
    expect(parseCommitment(text)).toEqual({ ok: true, repo: REPO, revision: REVISION, digest: DIGEST });
  });

  test('of the original subnet, without digest, is read too', () => {
    expect(parseCommitment(`${REPO} ${REVISION}`)).toEqual({ ok: true, repo: REPO, revision: REVISION });
  });

  test('fits 128 bytes up to the longest repository id, and is refused above it', () => {
    const longest = `a/${'b'.repeat(MAX_REPO_ID_BYTES - 2)}` as RepoId;
    expect(Buffer.byteLength(formatCommitment({ repo: longest, revision: REVISION, digest: DIGEST }))).toBe(
      128,
    );
    const longer = () =>
      formatCommitment({ repo: `${longest}b` as RepoId, revision: REVISION, digest: DIGEST });
    expect(longer).toThrow(HealthTensorError);
    expect(longer).toThrow(/would be 129 bytes, the chain takes 128/);
  });

  test.each([
    ['', 'nothing'],
    [REPO, 'no revision'],
    [`${REPO} main`, 'a branch'],
    [`${REPO} ${REVISION.toUpperCase()}`, 'upper-case hex'],
    [`${REPO} ${REVISION} short`, 'a short digest'],
    [`${REPO} ${REVISION} ${DIGEST} more`, 'a fourth field'],
    [`${REPO}  ${REVISION}`, 'two blanks'],
    [`${REPO} ${REVISION}\n`, 'a line break at the end'],
    [`../etc/passwd ${REVISION}`, 'a path'],
    [`https://host/x ${REVISION}`, 'a URL'],
    [`{"repo":"${REPO}"}`, 'JSON'],
    [`${REPO} ${REVISION} ${'é'.repeat(43)}`, 'letters outside base64url'],
  ])('%j (%s) is a verdict, not an exception', (text) => {
    expect(parseCommitment(text)).toMatchObject({ ok: false, code: 'BAD_COMMITMENT' });
  });
});

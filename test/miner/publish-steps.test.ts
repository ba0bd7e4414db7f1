import { beforeAll, describe, expect, test } from '@jest/globals';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { SubmissionResult } from '../../src/chain/index.js';
import type { Digest, Hotkey, RepoId, Revision } from '../../src/common/index.js';
import { Log } from '../../src/common/log.js';
import type { Publication } from '../../src/miner/publication.js';
import { type PublishContext, publishStep } from '../../src/miner/publish-steps.js';
import { devAccount } from '../chain/support/accounts.js';

let signer: KeyringPair;
beforeAll(async () => {
  signer = await devAccount('//miner');
});

const INCLUDED = { ok: true, block: 90, blockHash: '0x90', extrinsicHash: '0xe' } as const;
const refused = (name: string, more: object): SubmissionResult => ({
  ok: false,
  kind: 'failed',
  name,
  detail: 'why',
  retryable: true,
  ...more,
});

/** A commitment on a chain at block 50 that answers one after the other. */
async function commit(answers: readonly SubmissionResult[]) {
  const lines: string[] = [];
  const waits: number[] = [];
  const left = [...answers];
  const context = {
    destination: {
      genesisHash: '0x00',
      netuid: 31,
      hotkey: signer.address as Hotkey,
      hub: 'http://hub',
      repo: 'a/b' as RepoId,
    },
    chain: {
      blockNumber: () => Promise.resolve(50),
      waitForBlock: (block: number) => {
        waits.push(block);
        return Promise.resolve(block);
      },
      commitments: () => Promise.resolve([]),
      commit: () => Promise.resolve(left.shift()),
    },
    signer,
    log: new Log({ level: 'INFO', write: (line) => void lines.push(line) }),
    signal: new AbortController().signal,
  } as unknown as PublishContext;
  const publication = {
    stage: 'pushed',
    epoch: 1,
    loss: 0.5,
    revision: 'a'.repeat(40) as Revision,
    weightsSha256: 'b'.repeat(64) as Digest,
    folder: 'x',
  } as unknown as Publication;
  const next = await publishStep(publication, context).catch((error: unknown) => error);
  return { next, waits, lines, left };
}

describe('a commitment that the chain does not take', () => {
  test('is sent again when the chain says it may, as often as it takes', async () => {
    const { next, waits, lines } = await commit([
      refused('SpaceLimitExceeded', { retryAfterBlocks: 40 }),
      refused('Stale', { retryAfterBlocks: 1 }),
      INCLUDED,
    ]);
    expect(next).toMatchObject({ stage: 'committed', commitBlock: 90 });
    expect(waits).toEqual([90, 51]);
    expect(lines[0]).toMatch(
      /did not take the commitment: SpaceLimitExceeded: why. Trying again in 40 blocks/,
    );
    expect(lines[1]).toMatch(/Trying again in 1 block;/);
  });

  test('is given up with the remedy when only a change can help', async () => {
    const remedy = 'Register the hotkey.';
    const { next, left } = await commit([
      refused('AccountNotAllowedCommit', { retryable: false, remedy }),
      INCLUDED,
    ]);
    expect(next).toMatchObject({ code: 'COMMITMENT_REFUSED', remedy });
    expect(left).toEqual([INCLUDED]);
  });
});

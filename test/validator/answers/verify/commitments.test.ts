import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Commitment, formatCommitment, type Neuron } from '../../../../src/chain/index.js';
import type { Digest } from '../../../../src/common/index.js';
import { commitmentsCheck } from '../../../../src/validator/answers/verify/commitments.js';
import type { RoundReport, RoundResult } from '../../../../src/validator/report.js';
import { reportOf, resultOf } from '../report-fixture.js';

const digest = 'A'.repeat(43) as Digest;
let bob: RoundResult;

beforeAll(async () => {
  bob = await resultOf('Bob', 1, { digest });
});

const reported = (over: Partial<RoundResult> = {}): Promise<RoundReport> =>
  reportOf({ results: [{ ...bob, ...over }] });

/** What the chain has of Bob. */
function chain(over: Partial<Commitment> = {}, registrationBlock = bob.registrationBlock) {
  const { hotkey, repo, revision } = bob;
  const text = formatCommitment({ repo: repo as never, revision: revision as never, digest });
  const neuron = { hotkey, uid: 1, registrationBlock } as Neuron;
  const commitment = { hotkey, block: 101, status: 'open', text, ...over } as unknown as Commitment;
  return [[neuron], [commitment]] as const;
}

describe('the commitments of a report', () => {
  test('are those of the chain', async () => {
    expect(commitmentsCheck(await reported(), ...chain())).toMatchObject({
      level: 'ok',
      text: expect.stringMatching(/^1 results .* committed$/),
    });
  });

  test.each<[string, Partial<RoundResult>]>([
    ['another repository', { repo: 'eve/model' as never }],
    ['another revision', { revision: 'f'.repeat(40) as never }],
    ['another digest', { digest: 'B'.repeat(43) as Digest }],
    ['a later block', { commitBlock: 102 }],
    [
      'a verdict against what is sound',
      { code: 'BAD_COMMITMENT', outcome: 'refused', repo: undefined as never },
    ],
  ])('are not: %s', async (_, over) => {
    expect(commitmentsCheck(await reported(over), ...chain())).toMatchObject({
      level: 'failure',
      code: 'OTHER_COMMITMENT',
    });
  });

  test('a model that stands in for one that waits is held against the one that waits', async () => {
    const { repo, revision } = bob;
    const waiting = { repo, revision, commitBlock: 101, code: 'AWAITING_SAMPLE', reason: '' } as never;
    const older = { revision: 'e'.repeat(40) as never, waiting };
    expect(commitmentsCheck(await reported(older), ...chain())).toMatchObject({ level: 'ok' });
  });

  test('a commitment that cannot be read is refused in the report too', async () => {
    const unreadable = chain({ text: 'nonsense' });
    const refusal = { outcome: 'refused', code: 'BAD_COMMITMENT', repo: undefined as never } as const;
    expect(commitmentsCheck(await reported(refusal), ...unreadable)).toMatchObject({ level: 'ok' });
    expect(commitmentsCheck(await reported(), ...unreadable)).toMatchObject({ level: 'failure' });
  });

  test('of who has committed or registered again since, nothing can be said', async () => {
    const report = await reported({ revision: 'f'.repeat(40) as never });
    const none = [[], []] as const;
    for (const [neurons, commitments] of [chain({ block: report.chainBlock + 1 }), chain({}, 11_000), none]) {
      expect(commitmentsCheck(report, neurons, commitments)).toMatchObject({
        level: 'ok',
        text: expect.stringContaining('1 cannot be compared'),
      });
    }
  });
});

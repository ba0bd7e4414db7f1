import { describe, expect, test } from '@jest/globals';
import type { Commitment, Neuron } from '../../src/chain/index.js';
import type { Coldkey, Hotkey, Uid } from '../../src/common/index.js';
import { selectCandidates } from '../../src/validator/selection.js';

const revision = 'a'.repeat(40);
const digest = 'D'.repeat(43);

const neuron = (uid: number, over: Partial<Neuron> = {}): Neuron => ({
  uid: uid as Uid,
  hotkey: `hotkey-${uid}` as Hotkey,
  coldkey: 'coldkey' as Coldkey,
  stakeTao: 0,
  validatorPermit: false,
  lastUpdate: 0,
  registrationBlock: 100,
  active: true,
  incentive: 0,
  emission: 0,
  axon: undefined,
  ...over,
});
const commitment = (uid: number, over: Partial<Commitment> = {}): Commitment => ({
  hotkey: `hotkey-${uid}` as Hotkey,
  block: 200,
  text: `miner/model-${uid} ${revision} ${digest}`,
  status: 'text',
  detail: 'it is a text',
  fields: [],
  ...over,
});
const select = (
  neurons: Neuron[],
  commitments: Commitment[],
  over: { sampleSize?: number; seed?: string } = {},
) =>
  selectCandidates({
    metagraph: { neurons },
    commitments,
    ownHotkey: 'hotkey-0' as Hotkey,
    vpermitTaoLimit: 4096,
    sampleSize: 256,
    seed: '0x00',
    ...over,
  });
const verdicts = (selection: ReturnType<typeof select>) =>
  selection.refused.map(({ uid, rejection }) => [uid as number, rejection.code]);

describe('selection', () => {
  test('takes every registered miner with a sound commitment, in the order of uids', () => {
    const { candidates, refused } = select([neuron(2), neuron(1)], [commitment(1), commitment(2)]);
    expect(candidates.map(({ uid }) => uid)).toEqual([1, 2]);
    expect(candidates[0]).toMatchObject({ repo: 'miner/model-1', revision, digest, commitBlock: 200 });
    expect(refused).toEqual([]);
  });

  test('leaves this validator and every other large one out', () => {
    const large = { validatorPermit: true, stakeTao: 5000 };
    const all = [0, 1, 2].map((uid) => commitment(uid));
    const { candidates, validators } = select([neuron(0), neuron(1, large), neuron(2)], all);
    expect(candidates.map(({ uid }) => uid)).toEqual([2]);
    expect(validators.map(({ uid }) => uid)).toEqual([0, 1]);
  });

  test('judges a neuron with a permit but little stake, and one with stake but no permit', () => {
    const neurons = [
      neuron(1, { validatorPermit: true, stakeTao: 4096 }),
      neuron(2, { validatorPermit: false, stakeTao: 9000 }),
    ];
    expect(select(neurons, [commitment(1), commitment(2)]).candidates).toHaveLength(2);
  });

  test('ignores commitments of hotkeys that are not registered', () => {
    expect(select([neuron(1)], [commitment(1), commitment(9)]).candidates.map(({ uid }) => uid)).toEqual([1]);
  });

  test('refuses a miner without a commitment', () => {
    expect(verdicts(select([neuron(1)], []))).toEqual([[1, 'NO_COMMITMENT']]);
  });

  test('refuses a commitment from before the registration, which an earlier owner of the slot may have made', () => {
    expect(verdicts(select([neuron(1)], [commitment(1, { block: 99 })]))).toEqual([[1, 'STALE_COMMITMENT']]);
    expect(select([neuron(1)], [commitment(1, { block: 100 })]).candidates).toHaveLength(1);
  });

  test.each([
    ['nothing that is text', undefined],
    ['no words', ''],
    ['another subnet’s JSON', '{"model":"x"}'],
    ['a branch instead of a revision', `miner/model main ${digest}`],
    ['a path that climbs', `../etc ${revision} ${digest}`],
    ['no digest, which binds nothing to the hotkey', `miner/model ${revision}`],
  ])('refuses a commitment with %s', (_name, text) => {
    expect(verdicts(select([neuron(1)], [commitment(1, { text })]))).toEqual([[1, 'BAD_COMMITMENT']]);
  });

  test('says what there is instead of a text, and does not judge the age of what is no commitment', () => {
    const hash = { text: undefined, status: 'hash', detail: 'it is only a hash (Sha256)' } as const;
    const damaged = { text: undefined, status: 'damaged', detail: 'cut off', block: 0 } as const;
    const { refused } = select([neuron(1), neuron(2)], [commitment(1, hash), commitment(2, damaged)]);
    expect(refused.map(({ rejection }) => [rejection.code, rejection.detail])).toEqual([
      ['BAD_COMMITMENT', 'not a commitment of one text: it is only a hash (Sha256)'],
      ['BAD_COMMITMENT', 'not a commitment of one text: cut off'],
    ]);
  });

  test('does not see the commitment of a hotkey that lost its place', () => {
    const { candidates, refused } = select([neuron(1)], [commitment(1), commitment(9)]);
    expect([candidates.length, refused.length]).toEqual([1, 0]);
  });

  test('draws no more than the sample size, by the block hash', () => {
    const neurons = Array.from({ length: 30 }, (_, i) => neuron(i + 1));
    const commitments = neurons.map(({ uid }) => commitment(uid));
    const draw = (seed: string) => select(neurons, commitments, { sampleSize: 5, seed });
    expect(draw('0x01').candidates).toHaveLength(5);
    expect(draw('0x01').notDrawn).toHaveLength(25);
    expect(draw('0x01').candidates).toEqual(draw('0x01').candidates);
    expect(draw('0x01').candidates).not.toEqual(draw('0x02').candidates);
  });
});

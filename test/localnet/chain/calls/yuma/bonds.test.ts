import { describe, expect, test } from '@jest/globals';
import { yumaConsensus } from '../../../../../src/localnet/chain/calls/subtensor/yuma/consensus.js';
import type {
  EpochNeuron,
  EpochSettings,
  SparseRow,
} from '../../../../../src/localnet/chain/calls/subtensor/yuma/neuron.js';
import { neuron, SETTINGS, validator } from './neurons.js';

const FIRST: SparseRow = [[0, 1]];
const SECOND: SparseRow = [[1, 1]];

/** Runs epoch after epoch with the bonds of the one before; says what each paid the validators (uids 2 and up). */
function dividendsOver(epochs: readonly EpochNeuron[][], settings: EpochSettings): number[][] {
  let bonds: readonly SparseRow[] = [];
  return epochs.map((neurons) => {
    const result = yumaConsensus(
      neurons.map((one, uid) => ({ ...one, bonds: bonds[uid] ?? [] })),
      settings,
    );
    bonds = result.bonds;
    return result.dividends.slice(2);
  });
}

describe('bonds', () => {
  const alone = (weights: SparseRow, changes: Partial<EpochNeuron> = {}) => [
    neuron(),
    neuron(),
    validator(10n, weights, changes),
  ];
  const bondsOf = (neurons: EpochNeuron[], settings = SETTINGS) => yumaConsensus(neurons, settings).bonds[2];

  test('grow by a tenth of the weight and lose a tenth of what they were', () => {
    expect(bondsOf(alone(FIRST))).toEqual([[0, 6_553]]);
    expect(bondsOf(alone(FIRST, { bonds: [[0, 6_553]] }))).toEqual([[0, 12_451]]);
    expect(bondsOf(alone(SECOND, { bonds: [[0, 10_000]] }))).toEqual([
      [0, 9_000],
      [1, 6_553],
    ]);
  });

  test('end with the permit', () => {
    const tooMany = { ...SETTINGS, maxValidators: 1 };
    const neurons = [
      neuron(),
      neuron(),
      validator(10n, FIRST, { bonds: [[0, 9_000]] }),
      validator(20n, FIRST),
    ];
    expect(bondsOf(neurons, tooMany)).toEqual([]);
  });

  test('to a uid that changed hands since the last epoch count from zero', () => {
    const neurons = [
      neuron({ registeredAt: 80n }),
      neuron(),
      validator(10n, FIRST, { bonds: [[0, 60_000]] }),
    ];
    expect(bondsOf(neurons)).toEqual([[0, 6_553]]);
  });

  test.each([true, false])('pay whoever backed a miner first, when it rises (Yuma 3: %s)', (yuma3) => {
    const epoch = (early: SparseRow, late: SparseRow) => [
      neuron(),
      neuron(),
      validator(50n, early),
      validator(51n, late),
    ];
    const history = [
      ...Array.from({ length: 5 }, () => epoch(SECOND, FIRST)),
      ...Array.from({ length: 3 }, () => epoch(SECOND, SECOND)),
    ];
    // No penalty: what the consensus did not share yet bonds in full.
    const settings = { ...SETTINGS, yuma3, bondsPenalty: 0 };
    const [before, risen] = [dividendsOver(history, settings)[4], dividendsOver(history, settings)[5]];
    expect(before?.[0]).toBeLessThan(before?.[1] ?? 0);
    expect(risen?.[0]).toBeGreaterThan((risen?.[1] ?? 0) * 2);
  });

  test('of what is clipped are cut by the penalty', () => {
    const lying = [neuron(), neuron(), validator(10n, SECOND), validator(90n, FIRST)];
    expect(bondsOf(lying, { ...SETTINGS, bondsPenalty: 0 })).toEqual([[1, 6_553]]);
    expect(bondsOf(lying, { ...SETTINGS, bondsPenalty: 0.5 })).toEqual([[1, 3_276]]);
    expect(bondsOf(lying)).toEqual([]);
  });

  test('before Yuma 3 are shares by stake, stored so that the largest of each miner is whole', () => {
    const neurons = [neuron(), neuron(), validator(30n, FIRST), validator(90n, FIRST)];
    const { bonds, dividends } = yumaConsensus(neurons, { ...SETTINGS, yuma3: false });
    expect(bonds.slice(2)).toEqual([[[0, 21_845]], [[0, 65_535]]]);
    expect(dividends).toEqual([0, 0, 16_383, 49_151]);
  });
});

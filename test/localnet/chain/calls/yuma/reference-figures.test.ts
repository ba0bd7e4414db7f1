import { describe, expect, test } from '@jest/globals';
import { yumaConsensus } from '../../../../../src/localnet/chain/calls/subtensor/yuma/consensus.js';
import type {
  EpochNeuron,
  EpochResult,
  SparseRow,
} from '../../../../../src/localnet/chain/calls/subtensor/yuma/neuron.js';
import { neuron, SETTINGS } from './neurons.js';

/** What subtensor's runtime computes in its own tests (pallets/subtensor/src/tests/epoch.rs): test_bonds. */
const TEST_BONDS: readonly {
  readonly change?: [uid: number, row: SparseRow];
  bonds: number[];
  emission: number[];
}[] = [
  {
    bonds: [16383, 32767, 49151, 65535],
    emission: [49999998, 99999999, 150000000, 200000001, 49998779, 100000610, 149996337, 200004272],
  },
  {
    change: [0, [[0, 65535]]],
    bonds: [14582, 32767, 49151, 65535],
    emission: [44998351, 101110561, 151667215, 202223870, 49998779, 100000610, 149996337, 200004272],
  },
  {
    change: [1, [[1, 65535]]],
    bonds: [12603, 28321, 49151, 65535],
    emission: [40496805, 90999783, 157929636, 210573773, 49998779, 100000610, 149996337, 200004272],
  },
  // One validator with less than half of the stake agrees with nobody: all of the emission goes by stake.
  {
    change: [2, [[2, 65535]]],
    bonds: [12602, 28320, 49150, 65535],
    emission: [99999999, 199999999, 299999999, 399999999, 0, 0, 0, 0],
  },
  {
    change: [2, [[7, 65535]]],
    bonds: [10951, 24609, 49150, 65535],
    emission: [36443733, 81898628, 163565493, 218092144, 0, 0, 0, 500000000],
  },
  {
    bonds: [9559, 21482, 49150, 65535],
    emission: [32799427, 73706612, 168638129, 224855830, 0, 0, 0, 500000000],
  },
  {
    bonds: [8376, 18824, 49150, 65535],
    emission: [29518068, 66336137, 173203134, 230942659, 0, 0, 0, 500000000],
  },
];

/** The same file's test_yuma_3_liquid_alpha_disabled: shares of the dividends, and the bond to the first server. */
const YUMA_3 = [
  { dividends: [0.33, 0.33, 0.34], bond: 0.025 },
  { dividends: [0.33, 0.33, 0.34], bond: 0.0494 },
  { dividends: [0.3734, 0.3734, 0.2532], bond: 0.0731 },
  { dividends: [0.3611, 0.3611, 0.2779], bond: 0.0963 },
  { dividends: [0.3541, 0.3541, 0.2919], bond: 0.1189 },
  { dividends: [0.3495, 0.3495, 0.3009], bond: 0.1409 },
] as const;

/** The neurons with the bonds that an epoch left. */
function after(neurons: readonly EpochNeuron[], { bonds }: EpochResult): EpochNeuron[] {
  return neurons.map((one, uid) => ({ ...one, bonds: bonds[uid] ?? [] }));
}

describe("the figures of subtensor's own tests", () => {
  test('come out the same: bonds and emission of the original Yuma over seven epochs', () => {
    // As it stands in the source's log, where the third server has 49149.
    const row: SparseRow = [
      [4, 16383],
      [5, 32767],
      [6, 49149],
      [7, 65535],
    ];
    const settings = { ...SETTINGS, yuma3: false, emission: 1_000_000_000n };
    let neurons = [1n, 2n, 3n, 4n, 0n, 0n, 0n, 0n].map((stake, uid) =>
      neuron({ stake, permit: true, weights: uid < 4 ? row : [] }),
    );
    for (const [epoch, { change, bonds, emission }] of TEST_BONDS.entries()) {
      if (change !== undefined) {
        neurons = neurons.map((one, uid) => (uid === change[0] ? { ...one, weights: change[1] } : one));
      }
      const result = yumaConsensus(neurons, settings);
      neurons = after(neurons, result);
      const column = epoch < 3 ? 4 : 7;
      for (const [uid, bond] of bonds.entries()) {
        const found = result.bonds[uid]?.find(([target]) => target === column)?.[1] ?? 0;
        expect({ epoch, uid, off: Math.abs(found - bond) <= 1 }).toEqual({ epoch, uid, off: true });
      }
      for (const [uid, rao] of emission.entries()) {
        const off = Math.abs(Number(result.emission[uid]) - rao);
        // A bond that is one u16 off moves emission by up to a hundred-thousandth of it.
        expect({ epoch, uid, off, close: off <= 10_000 }).toEqual({ epoch, uid, off, close: true });
      }
    }
  });

  test('come out the same: dividends of Yuma 3 while one validator strays for an epoch', () => {
    const first: SparseRow = [
      [3, 65535],
      [4, 0],
    ];
    const second: SparseRow = [
      [3, 0],
      [4, 65535],
    ];
    const settings = { ...SETTINGS, bondsMovingAverage: 0.975, bondsPenalty: 0, maxValidators: 3 };
    let neurons = [33n, 33n, 34n, 0n, 0n].map((stake) => neuron({ stake, permit: stake > 0n }));
    for (const [epoch, { dividends, bond }] of YUMA_3.entries()) {
      neurons = neurons.map((one, uid) => ({
        ...one,
        weights: uid > 2 ? [] : epoch === 2 && uid === 2 ? second : first,
      }));
      const result = yumaConsensus(neurons, settings);
      neurons = after(neurons, result);
      for (const [uid, share] of dividends.entries()) {
        expect((result.dividends[uid] ?? 0) / 65535).toBeCloseTo(share, 3);
      }
      expect((result.bonds[0]?.find(([target]) => target === 3)?.[1] ?? 0) / 65535).toBeCloseTo(bond, 3);
    }
  });
});

import { describe, expect, test } from '@jest/globals';
import { transferError } from '../../../../src/localnet/chain/calls/balances.js';
import {
  commitError,
  type CommitFacts,
} from '../../../../src/localnet/chain/calls/subtensor/commit-rules.js';
import { revealError } from '../../../../src/localnet/chain/calls/subtensor/reveal-legacy.js';
import { commitmentSpace, spendSpace } from '../../../../src/localnet/chain/calls/commitments/space.js';
import {
  registrationError,
  type RegistrationFacts,
} from '../../../../src/localnet/chain/calls/subtensor/registration.js';
import {
  decayedPrice,
  raisedPrice,
} from '../../../../src/localnet/chain/calls/subtensor/registration-price.js';
import {
  chooseUidToReplace,
  protectedHotkeys,
} from '../../../../src/localnet/chain/calls/subtensor/replacement.js';
import { serveAxonError } from '../../../../src/localnet/chain/calls/subtensor/serving.js';
import { addStakeError } from '../../../../src/localnet/chain/calls/subtensor/stake.js';
import {
  maxUpscale,
  passesRateLimit,
  setWeightsError,
  type WeightFacts,
} from '../../../../src/localnet/chain/calls/subtensor/weights.js';

/**
 * Breaks every rule at once, then mends one after the other: the error must move on in the given order, which proves
 * both the names and the order of the checks.
 */
function errorsInOrder<Facts, Result>(
  check: (facts: Facts) => Result,
  broken: Facts,
  repairs: readonly Partial<Facts>[],
): Result[] {
  let facts = broken;
  const errors = [check(facts)];
  for (const repair of repairs) {
    facts = { ...facts, ...repair };
    errors.push(check(facts));
  }
  return errors;
}

describe('the rules of setting weights', () => {
  const broken: WeightFacts = {
    netuid: 0,
    mechanismExists: false,
    neurons: 2,
    uid: undefined,
    enoughStake: false,
    chainVersionKey: 5n,
    versionKey: 4n,
    withinRateLimit: false,
    permit: false,
    minAllowedWeights: 3,
    dests: [9, 9, 9],
    weights: [1],
  };

  test('are checked in the order of the runtime', () => {
    const repairs: Partial<WeightFacts>[] = [
      { netuid: 31 },
      { weights: [1, 1, 1] },
      { mechanismExists: true },
      { neurons: 8 },
      { uid: 0 },
      { enoughStake: true },
      { versionKey: 5n },
      { withinRateLimit: true },
      { permit: true },
      { dests: [1, 9], weights: [1, 1] },
      { dests: [1, 2] },
      { dests: [1, 2, 3], weights: [1, 1, 1] },
    ];
    expect(errorsInOrder(setWeightsError, broken, repairs)).toEqual([
      'CanNotSetRootNetworkWeights',
      'WeightVecNotEqualSize',
      'MechanismDoesNotExist',
      'UidsLengthExceedUidsInSubNet',
      'HotKeyNotRegisteredInSubNet',
      'NotEnoughStakeToSetWeights',
      'IncorrectWeightVersionKey',
      'SettingWeightsTooFast',
      'NeuronNoValidatorPermit',
      'DuplicateUids',
      'UidVecContainInvalidOne',
      'WeightVecLengthIsLow',
      undefined,
    ]);
  });

  test('let a neuron weigh only itself without a permit or the least number', () => {
    const own = { ...broken, netuid: 31, mechanismExists: true, neurons: 8, uid: 4 };
    const facts = {
      ...own,
      enoughStake: true,
      versionKey: 9n,
      withinRateLimit: true,
      dests: [4],
      weights: [1],
    };
    expect(setWeightsError(facts)).toBeUndefined();
    expect(setWeightsError({ ...facts, dests: [5] })).toBe('NeuronNoValidatorPermit');
  });

  test('scale the largest weight to 65535, round as the chain does and keep zeros', () => {
    expect(maxUpscale([20000, 40000])).toEqual([32767, 65535]);
    expect(maxUpscale([5000, 10000, 20000])).toEqual([16384, 32768, 65535]);
    expect(maxUpscale([65535, 1, 32768])).toEqual([65535, 1, 32768]);
    expect(maxUpscale([0, 0])).toEqual([0, 0]);
    expect(maxUpscale([])).toEqual([]);
  });

  test('count the rate limit from the last update, which never happened when it is 0', () => {
    expect([
      passesRateLimit(0n, 100n, 1),
      passesRateLimit(5n, 10n, 14),
      passesRateLimit(5n, 10n, 15),
    ]).toEqual([true, false, true]);
  });
});

describe('the rules of commit-reveal', () => {
  test('are checked in the order of the runtime for a commit', () => {
    const broken: CommitFacts = {
      mechanismExists: false,
      commitReveal: false,
      versionFits: false,
      uid: undefined,
      withinRateLimit: false,
      unrevealed: 10,
    };
    const repairs: Partial<CommitFacts>[] = [
      { mechanismExists: true },
      { commitReveal: true },
      { versionFits: true },
      { uid: 0 },
      { withinRateLimit: true },
      { unrevealed: 9 },
    ];
    expect(errorsInOrder(commitError, broken, repairs)).toEqual([
      'MechanismDoesNotExist',
      'CommitRevealDisabled',
      'IncorrectCommitRevealVersion',
      'HotKeyNotRegisteredInSubNet',
      'CommittingWeightsTooFast',
      'TooManyUnrevealedCommits',
      undefined,
    ]);
  });

  test('are checked in the order of the runtime for a reveal', () => {
    const broken: Parameters<typeof revealError>[0] = {
      commitReveal: false,
      queue: undefined,
      hash: '0x01',
      inRange: false,
    };
    const repairs: Partial<typeof broken>[] = [
      { commitReveal: true },
      { queue: { expired: [], waiting: [] } },
      { queue: { expired: ['0x01'], waiting: [] } },
      { queue: { expired: ['0x01'], waiting: ['0x02'] } },
      { queue: { expired: [], waiting: ['0x02'] } },
      { queue: { expired: [], waiting: ['0x02', '0x01'] } },
      { inRange: true },
    ];
    expect(errorsInOrder(revealError, broken, repairs)).toEqual([
      'CommitRevealDisabled',
      'NoWeightsCommitFound',
      'NoWeightsCommitFound',
      'ExpiredWeightCommit',
      'ExpiredWeightCommit',
      'InvalidRevealCommitHashNotMatch',
      'RevealTooEarly',
      undefined,
    ]);
  });
});

describe('the rules of registration', () => {
  test('are checked in the order of the runtime', () => {
    const broken: RegistrationFacts = {
      netuid: 0,
      subnetExists: false,
      price: 10n,
      limitPrice: 9n,
      allowed: false,
      alreadyRegistered: true,
      free: 9n,
      poolAccount: true,
      associated: false,
      placeFree: false,
    };
    const repairs: Partial<RegistrationFacts>[] = [
      { netuid: 31 },
      { subnetExists: true },
      { limitPrice: undefined },
      { allowed: true },
      { alreadyRegistered: false },
      { free: 10n },
      { poolAccount: false },
      { associated: true },
      { placeFree: true },
    ];
    expect(errorsInOrder(registrationError, broken, repairs)).toEqual([
      'RegistrationNotPermittedOnRootSubnet',
      'SubnetNotExists',
      'RegistrationPriceLimitExceeded',
      'SubNetRegistrationDisabled',
      'HotKeyAlreadyRegisteredInSubNet',
      'NotEnoughBalanceToStake',
      'CannotUseSystemAccount',
      'NonAssociatedColdKey',
      'NoNeuronIdAvailable',
      undefined,
    ]);
  });

  test('raise the price by the multiplier and let it halve, both within the bounds', () => {
    const bounds = { min: 100n, max: 1_000n };
    const multiplier = 23_242_897_532_874_035_200n; // 1.26 in units of 2^-64
    expect([raisedPrice(100n, multiplier, bounds), raisedPrice(900n, multiplier, bounds)]).toEqual([
      126n,
      1000n,
    ]);
    expect(raisedPrice(500n, 0n, bounds)).toBe(500n);
    let price = 1_000_000n;
    for (let block = 0; block < 360; block += 1)
      price = decayedPrice(price, 360, { min: 1n, max: 1_000_000n });
    expect(Number(price)).toBeGreaterThan(499_000);
    expect(Number(price)).toBeLessThan(500_001);
    expect([decayedPrice(101n, 1, bounds), decayedPrice(50n, 360, bounds)]).toEqual([100n, 100n]);
    expect([decayedPrice(2_000n, 0, bounds), decayedPrice(700n, 0, bounds)]).toEqual([1_000n, 700n]);
  });

  test('replace the least earning neuron past its immunity, the older one among equals, never a protected one', () => {
    const neuron = { emission: 5n, registeredAt: 10n, immune: false, owner: false };
    const choose = (minNonImmune: number, ...changes: object[]) =>
      chooseUidToReplace(
        changes.map((change, uid) => ({ ...neuron, ...change, uid })),
        minNonImmune,
      );
    expect(choose(0, {}, { emission: 4n }, {})).toBe(1);
    expect(choose(0, {}, { registeredAt: 9n })).toBe(1);
    expect(choose(0, {}, {})).toBe(0);
    expect(choose(0, { emission: 1n, immune: true }, {}, {})).toBe(1);
    expect(choose(0, { emission: 1n, owner: true }, { immune: true })).toBe(1);
    expect(choose(0, { owner: true })).toBeUndefined();
  });

  test('replace an immune neuron, or none, rather than go below the number of those past their immunity', () => {
    const neuron = { emission: 5n, registeredAt: 10n, immune: false, owner: false };
    const two = [
      { ...neuron, uid: 0 },
      { ...neuron, uid: 1 },
    ];
    expect([chooseUidToReplace(two, 1), chooseUidToReplace(two, 2)]).toEqual([0, undefined]);
    expect(chooseUidToReplace([...two, { ...neuron, uid: 2, immune: true, emission: 9n }], 2)).toBe(2);
  });

  test('protect the oldest neurons of the owner, the named owner hotkey first, up to the limit', () => {
    const owned = [
      { hotkey: '0x03', uid: 3, registeredAt: 7n },
      { hotkey: '0x01', uid: 1, registeredAt: 5n },
      { hotkey: '0x02', uid: 2, registeredAt: 5n },
    ];
    expect(protectedHotkeys(owned, undefined, 2)).toEqual(['0x01', '0x02']);
    expect(protectedHotkeys(owned, '0x09', 1)).toEqual(['0x09']);
    expect(protectedHotkeys(owned, '0x09', 2)).toEqual(['0x09', '0x01']);
    expect(protectedHotkeys(owned, '0x02', 2)).toEqual(['0x01', '0x02']);
    expect(protectedHotkeys(owned, '0x03', 1)).toEqual(['0x03']);
  });
});

describe('other rules', () => {
  test('staking is checked in the order of the runtime', () => {
    const broken = {
      poolLimit: 0n as bigint | undefined,
      subnetExists: false,
      subtokenEnabled: false,
      amount: 1n,
      free: 0n,
      hotkeyExists: false,
    };
    const repairs = [
      { poolLimit: undefined },
      { subnetExists: true },
      { subtokenEnabled: true },
      { amount: 2_000_000n },
      { free: 2_000_000n },
      { hotkeyExists: true },
    ];
    expect(errorsInOrder(addStakeError, broken, repairs)).toEqual([
      'InsufficientLiquidity',
      'SubnetNotExists',
      'SubtokenDisabled',
      'AmountTooLow',
      'NotEnoughBalanceToStake',
      'HotKeyAccountNotExists',
      undefined,
    ]);
  });

  test('serving is checked in the order of the runtime', () => {
    type Facts = Parameters<typeof serveAxonError>[0];
    const broken: Facts = {
      registered: false,
      ip: 0x7f000001n,
      ipType: 5,
      port: 0,
      lastServed: 9n,
      rateLimit: 5n,
      block: 10,
    };
    const repairs: Partial<Facts>[] = [
      { registered: true },
      { ipType: 4 },
      { ip: 1n },
      { block: 14 },
      { port: 1 },
    ];
    expect(errorsInOrder(serveAxonError, broken, repairs)).toEqual([
      'HotKeyNotRegisteredInNetwork',
      'InvalidIpType',
      'InvalidIpAddress',
      'ServingRateLimitExceeded',
      'InvalidPort',
      undefined,
    ]);
    expect(serveAxonError({ ...broken, registered: true, ipType: 6, ip: 1n })).toBe('InvalidIpAddress');
    expect(serveAxonError({ ...broken, registered: true, ipType: 4, ip: 1n << 32n })).toBe(
      'InvalidIpAddress',
    );
    expect(
      serveAxonError({ ...broken, registered: true, ipType: 4, ip: 1n, port: 1, rateLimit: 0n }),
    ).toBeUndefined();
  });

  test('a transfer needs funds, a receiver that lives, and a sender that lives when it must', () => {
    const facts = { senderFree: 1000n, receiverFree: 0n, amount: 600n, keepAlive: true };
    expect(transferError(facts)).toEqual({ token: 'NotExpendable' });
    expect(transferError({ ...facts, keepAlive: false })).toBeUndefined();
    expect(transferError({ ...facts, amount: 499n })).toEqual({ token: 'BelowMinimum' });
    expect(transferError({ ...facts, amount: 1001n })).toEqual({ token: 'FundsUnavailable' });
  });

  test('commitments count at least 100 bytes, and each epoch starts with an empty budget', () => {
    expect(commitmentSpace([])).toBe(100);
    expect(
      commitmentSpace([{ type: 'Raw128', value: `0x${'00'.repeat(128)}` }, { type: 'ResetBondsFlag' }]),
    ).toBe(128);
    const encrypted = `0x${'00'.repeat(300)}`;
    expect(commitmentSpace([{ type: 'TimelockEncrypted', value: { encrypted, reveal_round: 1n } }])).toBe(
      300,
    );
    const used = { last_epoch: 3n, used_space: 3000n };
    expect(spendSpace({ used, epoch: 3n, space: 100, maxSpace: 3100 })).toEqual({
      last_epoch: 3n,
      used_space: 3100n,
    });
    expect(spendSpace({ used, epoch: 3n, space: 101, maxSpace: 3100 })).toBeUndefined();
    expect(spendSpace({ used, epoch: 4n, space: 101, maxSpace: 3100 })).toEqual({
      last_epoch: 4n,
      used_space: 101n,
    });
  });
});

import { describe, expect, test } from '@jest/globals';
import { rejection, withSession, type Session } from './chain-session.js';

const TAO = 1_000_000_000n;
const NETUID = 31;
const OPEN = { adminFreezeWindow: 0, subnets: [{ netuid: NETUID }] };

type Setting = readonly [call: string, value: unknown, item: string, read: string, event: string | undefined];

/** What an owner may set in AdminUtils: a value, the storage item, what it reads then, the event. */
const SETTINGS: readonly Setting[] = [
  ['sudoSetServingRateLimit', 7, 'servingRateLimit', '7', 'ServingRateLimitSet'],
  ['sudoSetWeightsVersionKey', 1066, 'weightsVersionKey', '1066', 'WeightsVersionKeySet'],
  ['sudoSetImmunityPeriod', 50, 'immunityPeriod', '50', 'ImmunityPeriodSet'],
  ['sudoSetMinAllowedWeights', 3, 'minAllowedWeights', '3', 'MinAllowedWeightSet'],
  ['sudoSetMaxAllowedUids', 64, 'maxAllowedUids', '64', 'MaxAllowedUidsSet'],
  ['sudoSetRho', 11, 'rho', '11', undefined],
  ['sudoSetMinBurn', 600_000, 'minBurn', '600000', 'MinBurnSet'],
  ['sudoSetMaxBurn', 200_000_000, 'maxBurn', '200000000', 'MaxBurnSet'],
  ['sudoSetBondsMovingAverage', 975_000, 'bondsMovingAverage', '975000', 'BondsMovingAverageSet'],
  ['sudoSetBondsPenalty', 100, 'bondsPenalty', '100', 'BondsPenaltySet'],
  ['sudoSetCommitRevealWeightsEnabled', true, 'commitRevealWeightsEnabled', 'true', 'CommitRevealEnabled'],
  ['sudoSetCommitRevealWeightsInterval', 100, 'revealPeriodEpochs', '100', 'CommitRevealPeriodsSet'],
  ['sudoSetYuma3Enabled', false, 'yuma3On', 'false', 'Yuma3EnableToggled'],
  ['sudoSetOwnerImmuneNeuronLimit', 10, 'immuneOwnerUidsLimit', '10', undefined],
  ['sudoSetBurnHalfLife', 100, 'burnHalfLife', '100', 'BurnHalfLifeSet'],
];

/** Values out of bounds and how they are refused. */
const OUT_OF_BOUNDS: readonly [call: string, value: unknown, error: string][] = [
  ['sudoSetMaxAllowedUids', 63, 'adminUtils.MaxAllowedUidsLessThanMinAllowedUids'],
  ['sudoSetMaxAllowedUids', 257, 'adminUtils.MaxAllowedUidsGreaterThanDefaultMaxAllowedUids'],
  ['sudoSetMinBurn', 1_000_000_000, 'adminUtils.ValueNotInBounds'],
  ['sudoSetMaxBurn', 100_000_000, 'adminUtils.ValueNotInBounds'],
  ['sudoSetBondsMovingAverage', 975_001, 'adminUtils.BondsMovingAverageMaxReached'],
  ['sudoSetCommitRevealWeightsInterval', 101, 'subtensorModule.RevealPeriodTooLarge'],
  ['sudoSetCommitRevealWeightsInterval', 0, 'subtensorModule.RevealPeriodTooSmall'],
  ['sudoSetOwnerImmuneNeuronLimit', 0, 'subtensorModule.InvalidValue'],
  ['sudoSetOwnerImmuneNeuronLimit', 11, 'subtensorModule.InvalidValue'],
  ['sudoSetBurnHalfLife', 0, 'adminUtils.InvalidValue'],
];

/** What only root may set; this chain has nobody who is root. */
const ROOT_ONLY: readonly [call: string, ...args: unknown[]][] = [
  ['sudoSetWeightsSetRateLimit', NETUID, 1],
  ['sudoSetKappa', NETUID, 1],
  ['sudoSetNetworkRegistrationAllowed', NETUID, false],
  ['sudoSetMaxAllowedValidators', NETUID, 1],
  ['sudoSetTempo', NETUID, 400],
  ['sudoSetStakeThreshold', 1],
  ['sudoSetCommitRevealVersion', 3],
  ['sudoSetAdminFreezeWindow', 0],
  ['sudoSetMinNonImmuneUids', NETUID, 0],
];

/** Sends each call in a block of its own; says the error or the events of each. */
async function outcomes(session: Session, calls: ReturnType<Session['tx']>[], signer = '//Alice') {
  const { send, pair } = session;
  const results = [];
  for (const call of calls) results.push(await send(call, pair(signer)));
  return results;
}

describe('a subnet owner', () => {
  test('sets each hyperparameter, and the chain says so', async () => {
    await withSession({ genesis: OPEN }, async (session) => {
      const { tx, query } = session;
      const calls = SETTINGS.map(([call, value]) => tx(`adminUtils.${call}`, NETUID, value));
      const results = await outcomes(session, calls);
      for (const [i, [call, , item, read, event]] of SETTINGS.entries()) {
        expect({ call, error: results[i]?.error }).toEqual({ call, error: undefined });
        const names = results[i]?.events.map((name) => name.split('.')[1]) ?? [];
        if (event !== undefined) expect(names).toContain(event);
        expect({ item, read: (await query(`subtensorModule.${item}`, NETUID)).toString() }).toEqual({
          item,
          read,
        });
      }
    });
  });

  test('is refused values out of bounds, each with its error, and what only root may set', async () => {
    await withSession({ genesis: OPEN }, async (session) => {
      const { tx } = session;
      const outside = OUT_OF_BOUNDS.map(([call, value]) => tx(`adminUtils.${call}`, NETUID, value));
      const errors = (await outcomes(session, outside)).map(({ error }) => error);
      expect(errors).toEqual(OUT_OF_BOUNDS.map(([, , error]) => error));
      const root = ROOT_ONLY.map(([call, ...args]) => tx(`adminUtils.${call}`, ...args));
      const refused = (await outcomes(session, root)).map(({ error }) => error);
      expect(refused).toEqual(ROOT_ONLY.map(() => 'BadOrigin'));
    });
  });

  test('cannot shrink a subnet below the neurons that are there', async () => {
    const genesis = { ...OPEN, subnets: [{ netuid: NETUID, burnTao: 0.0005 }] };
    await withSession({ genesis }, async ({ chain, pair, send, tx }) => {
      const bob = pair('//Bob');
      for (let i = 0; i < 65; i += 1) {
        const hotkey = pair(`//neuron/${i}`).address;
        await tx('subtensorModule.burnedRegister', NETUID, hotkey).signAndSend(bob, { nonce: i });
        // The price jumps with each registration; a block between lets it stay payable.
        if (i % 8 === 7) await chain.buildBlock();
      }
      await chain.buildBlock();
      const shrink = await send(tx('adminUtils.sudoSetMaxAllowedUids', NETUID, 64), pair('//Alice'));
      expect(shrink.error).toBe('adminUtils.MaxAllowedUIdsLessThanCurrentUIds');
    });
  });

  test('and nobody else: not another account, not on a subnet that is not there', async () => {
    await withSession({ genesis: OPEN }, async (session) => {
      const { tx } = session;
      const mine = (netuid: number) => [
        tx('adminUtils.sudoSetImmunityPeriod', netuid, 5),
        tx('adminUtils.sudoSetWeightsVersionKey', netuid, 5),
        tx('subtensorModule.setTempo', netuid, 400),
        tx('subtensorModule.setActivityCutoffFactor', netuid, 2_000),
        tx('subtensorModule.triggerEpoch', netuid),
      ];
      const stranger = await outcomes(session, mine(NETUID), '//Bob');
      const nowhere = await outcomes(session, mine(77));
      const errors = [...stranger, ...nowhere].map(({ error }) => error);
      expect(new Set(errors)).toEqual(new Set(['BadOrigin']));
    });
  });

  test('changes one hyperparameter once in two tempos, another at once', async () => {
    await withSession({ genesis: OPEN }, async (session) => {
      const { tx, build } = session;
      const set = (call: string, value: number) => tx(`adminUtils.${call}`, NETUID, value);
      const [first, again, other] = await outcomes(session, [
        set('sudoSetImmunityPeriod', 5),
        set('sudoSetImmunityPeriod', 6),
        set('sudoSetMinAllowedWeights', 2),
      ]);
      expect([first?.error, again?.error, other?.error]).toEqual([
        undefined,
        'subtensorModule.TxRateLimitExceeded',
        undefined,
      ]);
      await build(40 - (again?.block ?? 0) + (first?.block ?? 0));
      const [later] = await outcomes(session, [set('sudoSetImmunityPeriod', 6)]);
      expect(later?.error).toBeUndefined();
    });
  });

  test('changes nothing in the last blocks before an epoch', async () => {
    await withSession({ genesis: { subnets: [{ netuid: NETUID }] } }, async (session) => {
      const { tx, build } = session;
      const set = (value: number) => tx('adminUtils.sudoSetImmunityPeriod', NETUID, value);
      await build(9);
      // In block 10 ten blocks are left, in block 11 nine.
      expect((await outcomes(session, [set(5)]))[0]).toMatchObject({ block: 10, error: undefined });
      const closed = tx('adminUtils.sudoSetMinAllowedWeights', NETUID, 2);
      expect((await outcomes(session, [closed]))[0]?.error).toBe(
        'subtensorModule.AdminActionProhibitedDuringWeightsWindow',
      );
      const tempo = tx('subtensorModule.setTempo', NETUID, 400);
      expect((await outcomes(session, [tempo]))[0]?.error).toBe(
        'subtensorModule.AdminActionProhibitedDuringWeightsWindow',
      );
      await build(6);
      expect((await outcomes(session, [closed]))[0]?.error).toBeUndefined();
    });
  });

  test('sets the tempo within its bounds, which starts the epoch anew', async () => {
    await withSession({ genesis: OPEN }, async (session) => {
      const { tx, query, call } = session;
      const [low, high, done, soon] = await outcomes(session, [
        tx('subtensorModule.setTempo', NETUID, 359),
        tx('subtensorModule.setTempo', NETUID, 50_401),
        tx('subtensorModule.setTempo', NETUID, 360),
        tx('subtensorModule.setTempo', NETUID, 400),
      ]);
      expect([low?.error, high?.error, done?.error, soon?.error]).toEqual([
        'subtensorModule.TempoOutOfBounds',
        'subtensorModule.TempoOutOfBounds',
        undefined,
        'subtensorModule.TxRateLimitExceeded',
      ]);
      expect(done?.events).toContain('subtensorModule.TempoSet');
      const last = (await query('subtensorModule.lastEpochBlock', NETUID)).toString();
      expect(Number(last)).toBe(done?.block);
      const next = await call('subnetInfoRuntimeApi.getNextEpochStartBlock', NETUID);
      expect(Number(next.toString())).toBe((done?.block ?? 0) + 360);
    });
  });

  test('sets the activity cutoff as a multiple of the tempo', async () => {
    await withSession({ genesis: OPEN }, async (session) => {
      const { tx, query } = session;
      const set = (factor: number) => tx('subtensorModule.setActivityCutoffFactor', NETUID, factor);
      const [low, high, done, soon] = await outcomes(session, [
        set(999),
        set(50_001),
        set(2_000),
        set(3_000),
      ]);
      expect([low?.error, high?.error, done?.error, soon?.error]).toEqual([
        'subtensorModule.ActivityCutoffFactorMilliOutOfBounds',
        'subtensorModule.ActivityCutoffFactorMilliOutOfBounds',
        undefined,
        'subtensorModule.TxRateLimitExceeded',
      ]);
      expect((await query('subtensorModule.activityCutoffFactorMilli', NETUID)).toString()).toBe('2000');
    });
  });

  test('triggers an epoch, once, not with commit-reveal and not just before one comes by itself', async () => {
    const genesis = {
      adminFreezeWindow: 5,
      subnets: [{ netuid: NETUID }, { netuid: 32, commitReveal: true }],
    };
    await withSession({ genesis }, async (session) => {
      const { tx, query, build } = session;
      const trigger = (netuid = NETUID) => tx('subtensorModule.triggerEpoch', netuid);
      const [hidden, done, twice] = await outcomes(session, [trigger(32), trigger(), trigger()]);
      expect([hidden?.error, done?.error, twice?.error]).toEqual([
        'subtensorModule.DynamicTempoBlockedByCommitReveal',
        undefined,
        'subtensorModule.EpochTriggerAlreadyPending',
      ]);
      const fires = (done?.block ?? 0) + 5;
      expect((await query('subtensorModule.pendingEpochAt', NETUID)).toString()).toBe(String(fires));
      const frozen = tx('adminUtils.sudoSetRho', NETUID, 3);
      expect((await outcomes(session, [frozen]))[0]?.error).toBe(
        'subtensorModule.AdminActionProhibitedDuringWeightsWindow',
      );
      await build(2);
      expect((await query('subtensorModule.lastEpochBlock', NETUID)).toString()).toBe(String(fires));
      expect((await query('subtensorModule.subnetEpochIndex', NETUID)).toString()).toBe('1');
      expect((await query('subtensorModule.pendingEpochAt', NETUID)).toString()).toBe('0');
      expect((await outcomes(session, [trigger()]))[0]?.error).toBe('subtensorModule.TxRateLimitExceeded');
      await build(13);
      expect((await outcomes(session, [trigger()]))[0]?.error).toBe(
        'subtensorModule.AutoEpochAlreadyImminent',
      );
    });
  });
});

describe('a new subnet', () => {
  test('is created, started, staked on and runs its epochs', async () => {
    await withSession({ genesis: { adminFreezeWindow: 0 } }, async (session) => {
      const { pair, tx, query, call, free, build } = session;
      const hotkey = pair('//owner').address;
      const before = await free(pair('//Bob').address);
      const stake = tx('subtensorModule.addStake', hotkey, 1, 10n * TAO);
      const [created, early, started, twice, staked] = await outcomes(
        session,
        [
          tx('subtensorModule.registerNetwork', hotkey),
          stake,
          tx('subtensorModule.startCall', 1),
          tx('subtensorModule.startCall', 1),
          stake,
        ],
        '//Bob',
      );
      expect(created?.error).toBeUndefined();
      expect(created?.events).toContain('subtensorModule.NetworkAdded');
      expect(before - (await free(pair('//Bob').address))).toBeGreaterThan(1_010n * TAO);
      expect([early?.error, started?.error, twice?.error, staked?.error]).toEqual([
        'subtensorModule.SubtokenDisabled',
        undefined,
        'subtensorModule.FirstEmissionBlockNumberAlreadySet',
        undefined,
      ]);
      const read = async (item: string, ...more: unknown[]) =>
        (await query(`subtensorModule.${item}`, 1, ...more)).toString();
      expect(await read('subnetOwner')).toBe(pair('//Bob').address);
      expect(await read('keys', 0)).toBe(hotkey);
      const values = [
        'tempo',
        'maxAllowedUids',
        'maxAllowedValidators',
        'minAllowedWeights',
        'immunityPeriod',
      ];
      expect(await Promise.all(values.map((item) => read(item)))).toEqual(['360', '256', '64', '1', '5000']);
      expect([await read('commitRevealWeightsEnabled'), await read('yuma3On')]).toEqual(['true', 'true']);
      const fields = await call('subnetInfoRuntimeApi.getSelectiveMetagraph', 1, [12, 13, 14, 18, 51]);
      expect(fields.toJSON()).toMatchObject({
        alphaIn: Number(1_000n * TAO),
        alphaOut: Number(10n * TAO),
        taoIn: Number(1_010n * TAO),
        bondsMovingAvg: 900_000,
      });
      expect((fields.toJSON() as { pendingAlphaEmission: number }).pendingAlphaEmission).toBeGreaterThan(0);
      // The first epoch is due a tempo after the block of the creation, less the netuid.
      await build(359 - 1 - 4);
      expect(await read('subnetEpochIndex')).toBe('1');
      expect(await read('validatorPermit')).toBe('[true]');
      expect(Number((await read('emission')).replace(/\D/g, ''))).toBeGreaterThan(0);
    });
  });

  test('is refused for another coldkey, too soon after the last one, and to who cannot pay', async () => {
    await withSession({}, async (session) => {
      const { pair, send, tx } = session;
      const taken = pair('//taken').address;
      await send(tx('subtensorModule.burnedRegister', NETUID, taken), pair('//Bob'));
      await send(tx('balances.transferKeepAlive', pair('//poor').address, 999n * TAO), pair('//Alice'));
      const create = (hotkey: string) => tx('subtensorModule.registerNetwork', pair(hotkey).address);
      expect((await send(create('//taken'), pair('//Alice'))).error).toBe(
        'subtensorModule.NonAssociatedColdKey',
      );
      expect((await send(create('//new'), pair('//poor'))).error).toBe(
        'subtensorModule.CannotAffordLockCost',
      );
      expect((await send(create('//new'), pair('//Alice'))).error).toBeUndefined();
      expect(await rejection(send(create('//more'), pair('//Alice')))).toMatch(/Custom error: 6$/);
      const start = (netuid: number, who: string) =>
        send(tx('subtensorModule.startCall', netuid), pair(who)).then(({ error }) => error);
      expect(await start(9, '//Alice')).toBe('subtensorModule.SubnetNotExists');
      expect(await start(1, '//Bob')).toBe('BadOrigin');
    });
  });
});

describe('epochs of several subnets', () => {
  test('run two a block at most; the others wait for the next one', async () => {
    const subnets = [11, 12, 13].map((netuid) => ({ netuid, tempo: 4 }));
    await withSession({ genesis: { subnets } }, async ({ build, query, queryAt, chain }) => {
      const last = async () =>
        Promise.all(
          subnets.map(async ({ netuid }) => Number(await query('subtensorModule.lastEpochBlock', netuid))),
        );
      await build(3);
      const { hash } = await chain.buildBlock();
      expect(await last()).toEqual([4, 4, 0]);
      const events = (await queryAt(hash, 'system.events')).toHuman() as {
        phase: string;
        event: { method: string; data: unknown };
      }[];
      expect(events.find(({ event }) => event.method === 'EpochDeferred')).toMatchObject({
        phase: 'Initialization',
        event: { data: { netuid: '13', fromBlock: '4', toBlock: '5' } },
      });
      await build(1);
      expect(await last()).toEqual([4, 4, 5]);
      expect((await query('subtensorModule.subnetEpochIndex', 13)).toString()).toBe('1');
    });
  });
});

import { describe, expect, test } from '@jest/globals';
import { rejection, withSession, type Session } from './chain-session.js';

const TAO = 1_000_000_000n;
const NETUID = 31;

async function register(session: Session, uri: string, stakeTao = 0n, coldkey = '//Alice'): Promise<number> {
  const { pair, send, tx, query } = session;
  const hotkey = pair(uri).address;
  const result = await send(tx('subtensorModule.registerLimit', NETUID, hotkey, TAO), pair(coldkey));
  expect(result.error).toBeUndefined();
  if (stakeTao > 0n) {
    const staked = await send(
      tx('subtensorModule.addStake', hotkey, NETUID, stakeTao * TAO),
      pair('//Alice'),
    );
    expect(staked.events).toContain('subtensorModule.StakeAdded');
  }
  return Number((await query('subtensorModule.uids', NETUID, hotkey)).toString());
}

describe('registration', () => {
  test('gives the next uid for the price, raises the price and refuses with the right names', async () => {
    await withSession({}, async (session) => {
      const { pair, send, tx, query } = session;
      const [alice, bob] = [pair('//Alice'), pair('//Bob')];
      const price = (await query('subtensorModule.burn', NETUID)).toString();
      expect(price).toBe('100000000');
      expect(await register(session, '//one')).toBe(0);
      const hotkey = pair('//one').address;
      expect((await query('subtensorModule.keys', NETUID, 0)).toString()).toBe(hotkey);
      expect((await query('subtensorModule.owner', hotkey)).toString()).toBe(alice.address);
      expect((await query('subtensorModule.isNetworkMember', hotkey, NETUID)).toString()).toBe('true');
      expect(Number((await query('subtensorModule.burn', NETUID)).toString())).toBeGreaterThan(120_000_000);
      const errorOf = async (call: ReturnType<typeof tx>) => (await send(call, alice)).error;
      const other = pair('//other').address;
      expect(await errorOf(tx('subtensorModule.burnedRegister', 0, other))).toBe(
        'subtensorModule.RegistrationNotPermittedOnRootSubnet',
      );
      expect(await errorOf(tx('subtensorModule.burnedRegister', 9, other))).toBe(
        'subtensorModule.SubnetNotExists',
      );
      expect(await errorOf(tx('subtensorModule.burnedRegister', NETUID, hotkey))).toBe(
        'subtensorModule.HotKeyAlreadyRegisteredInSubNet',
      );
      expect(await errorOf(tx('subtensorModule.registerLimit', NETUID, other, 1))).toBe(
        'subtensorModule.RegistrationPriceLimitExceeded',
      );
      await send(tx('subtensorModule.burnedRegister', NETUID, other), bob);
      expect((await query('subtensorModule.owner', other)).toString()).toBe(bob.address);
    });
  });

  test('replaces the neuron that earns least once the subnet is full, and leaves its commitment', async () => {
    const genesis = {
      subnets: [{ netuid: NETUID, maxAllowedUids: 2, immunityPeriod: 0, minNonImmuneUids: 0 }],
    };
    await withSession({ genesis }, async (session) => {
      const { pair, send, tx, query } = session;
      await register(session, '//owner');
      await register(session, '//old', 0n, '//Bob');
      const old = pair('//old');
      const serve = tx('subtensorModule.serveAxon', NETUID, 1, 167772161, 8091, 4, 4, 0, 0);
      expect((await send(serve, old)).events).toContain('subtensorModule.AxonServed');
      await send(tx('commitments.setCommitment', NETUID, { fields: [{ Raw2: '0x6162' }] }), old);
      // Weights of a neuron for itself need no permit; the owner may weigh others without one.
      await send(tx('subtensorModule.setWeights', NETUID, [1], [7], 0), old);
      // The owner's neuron is older and earns as little, but never gives way.
      expect(await register(session, '//newest', 0n, '//Bob')).toBe(1);
      const registered = await query('subtensorModule.blockAtRegistration', NETUID, 1);
      const updates = (await query('subtensorModule.lastUpdate', NETUID)).toJSON() as number[];
      expect(updates[1]).toBe(Number(registered.toString()));
      expect((await query('subtensorModule.uids', NETUID, old.address)).toString()).toBe('');
      expect((await query('subtensorModule.isNetworkMember', old.address, NETUID)).toString()).toBe('false');
      expect((await query('subtensorModule.axons', NETUID, old.address)).toString()).toBe('');
      expect((await query('subtensorModule.weights', NETUID, 1)).toJSON()).toEqual([]);
      expect((await query('subtensorModule.subnetworkN', NETUID)).toString()).toBe('2');
      expect((await query('commitments.commitmentOf', NETUID, old.address)).toString()).not.toBe('');
    });
  });

  test('finds no place on a full subnet of which too few neurons are past their immunity', async () => {
    const genesis = { subnets: [{ netuid: NETUID, maxAllowedUids: 1, immunityPeriod: 0 }] };
    await withSession({ genesis }, async (session) => {
      const { pair, send, tx } = session;
      await register(session, '//first', 0n, '//Bob');
      const more = tx('subtensorModule.burnedRegister', NETUID, pair('//second').address);
      expect((await send(more, pair('//Bob'))).error).toBe('subtensorModule.NoNeuronIdAvailable');
    });
  });
});

describe('weights', () => {
  test('are set by a validator with a permit and turn into incentive at the next epoch', async () => {
    const genesis = { subnets: [{ netuid: NETUID, tempo: 12, weightsRateLimit: 2 }] };
    await withSession({ genesis }, async (session) => {
      const { pair, send, build, tx, query } = session;
      await register(session, '//validator', 1000n);
      const best = await register(session, '//best');
      const second = await register(session, '//second');
      const validator = pair('//validator');
      const set = tx('subtensorModule.setMechanismWeights', NETUID, 0, [best, second], [20000, 5000], 0);
      expect((await send(set, validator)).error).toBe('subtensorModule.NeuronNoValidatorPermit');
      await build(12);
      expect((await query('subtensorModule.validatorPermit', NETUID)).toJSON()).toEqual([true, false, false]);
      const done = await send(set, validator);
      expect(done.error).toBeUndefined();
      expect(done.events).toEqual(['subtensorModule.WeightsSet', 'system.ExtrinsicSuccess']);
      expect((await query('subtensorModule.weights', NETUID, 0)).toJSON()).toEqual([
        [best, 65535],
        [second, 16384],
      ]);
      expect(((await query('subtensorModule.lastUpdate', NETUID)).toJSON() as number[])[0]).toBe(done.block);
      await build(12);
      expect((await query('subtensorModule.incentive', NETUID)).toJSON()).toEqual([0, 52427, 13107]);
      expect((await query('subtensorModule.dividends', NETUID)).toJSON()).toEqual([65535, 0, 0]);
      const emission = (await query('subtensorModule.emission', NETUID)).toJSON() as number[];
      expect(emission[best]).toBeGreaterThan(emission[second] ?? 0);
      expect(
        Number((await query('subtensorModule.subnetEpochIndex', NETUID)).toString()),
      ).toBeGreaterThanOrEqual(2);
    });
  });

  test('come back with the names of broken rules, from the pool where the chain checks there', async () => {
    const genesis = {
      subnets: [
        { netuid: NETUID, tempo: 4, weightsRateLimit: 3, weightsVersionKey: 10, minAllowedWeights: 2 },
      ],
    };
    await withSession({ genesis }, async (session) => {
      const { pair, send, build, tx } = session;
      await register(session, '//validator', 10n);
      await register(session, '//miner');
      await build(4);
      const validator = pair('//validator');
      const set = (dests: number[], weights: number[], key = 10, netuid = NETUID, mecid = 0) =>
        tx('subtensorModule.setMechanismWeights', netuid, mecid, dests, weights, key);
      const errorOf = async (tx: ReturnType<typeof set>, signer = validator) =>
        (await send(tx, signer)).error;
      expect(await errorOf(set([0, 1], [1, 2, 3]))).toBe('subtensorModule.WeightVecNotEqualSize');
      // The pool finds no last update on a mechanism that is not there; only strangers get as far as the call.
      const elsewhere = set([0, 1], [1, 2], 10, NETUID, 1);
      expect(await rejection(send(elsewhere, validator))).toMatch(/Custom error: 6$/);
      expect(await errorOf(elsewhere, pair('//nobody'))).toBe('subtensorModule.MechanismDoesNotExist');
      expect(await errorOf(set([0, 1, 2], [1, 2, 3]))).toBe('subtensorModule.UidsLengthExceedUidsInSubNet');
      expect(await errorOf(set([0, 1], [1, 2]), pair('//nobody'))).toBe(
        'subtensorModule.HotKeyNotRegisteredInSubNet',
      );
      expect(await errorOf(set([0, 1], [1, 2], 9))).toBe('subtensorModule.IncorrectWeightVersionKey');
      expect(await errorOf(set([0, 1], [1, 2]), pair('//miner'))).toBe(
        'subtensorModule.NeuronNoValidatorPermit',
      );
      expect(await errorOf(set([1, 1], [1, 2]))).toBe('subtensorModule.DuplicateUids');
      expect(await errorOf(set([1, 7], [1, 2]))).toBe('subtensorModule.UidVecContainInvalidOne');
      expect(await errorOf(set([1], [1]))).toBe('subtensorModule.WeightVecLengthIsLow');
      // An unknown subnet reads the default of commit-reveal, which is on.
      expect(await errorOf(set([1], [1], 10, 77))).toBe('subtensorModule.CommitRevealEnabled');
      expect(await errorOf(set([0, 1], [1, 2]))).toBeUndefined();
      expect(await rejection(send(set([0, 1], [1, 2]), validator))).toBe(
        '1010: Invalid Transaction: Custom error: 6',
      );
      await build(1);
      expect(await errorOf(set([0], [1]))).toBeUndefined();
    });
  });

  test('are refused for too little stake in the pool, and by commit-reveal in the block', async () => {
    const genesis = { subnets: [{ netuid: NETUID, commitReveal: true }], stakeThresholdTao: 50 };
    await withSession({ genesis }, async (session) => {
      const { pair, send, tx } = session;
      await register(session, '//poor', 1n);
      await register(session, '//rich', 100n);
      const set = tx('subtensorModule.setWeights', NETUID, [1], [1], 0);
      expect(await rejection(send(set, pair('//poor')))).toBe('1010: Invalid Transaction: Custom error: 1');
      expect((await send(set, pair('//rich'))).error).toBe('subtensorModule.CommitRevealEnabled');
    });
  });
});

describe('serving', () => {
  test('keeps the axon and refuses bad ones in the pool with their codes', async () => {
    await withSession({}, async (session) => {
      const { pair, send, tx, query } = session;
      await register(session, '//miner');
      const miner = pair('//miner');
      const serve = (ip: number, port: number, ipType = 4) =>
        tx('subtensorModule.serveAxon', NETUID, 1, ip, port, ipType, 4, 0, 0);
      const refused = (tx: ReturnType<typeof serve>, signer = miner) => rejection(send(tx, signer));
      expect(await refused(serve(167772161, 8091), pair('//nobody'))).toMatch(/Custom error: 10$/);
      expect(await refused(serve(2130706433, 8091))).toMatch(/Custom error: 11$/);
      expect(await refused(serve(167772161, 0))).toMatch(/Custom error: 13$/);
      expect(await refused(serve(167772161, 8091, 5))).toMatch(/Custom error: 255$/);
      const done = await send(serve(167772161, 8091), miner);
      expect(done.error).toBeUndefined();
      const axon = (await query('subtensorModule.axons', NETUID, miner.address)).toJSON();
      expect(axon).toMatchObject({ block: done.block, ip: 167772161, port: 8091, ipType: 4, protocol: 4 });
      expect(await refused(serve(167772162, 8091))).toMatch(/Custom error: 12$/);
    });
  });
});

describe('commitments', () => {
  test('are kept with their block, read one by one and in bulk, and counted against the space of an epoch', async () => {
    await withSession({ genesis: { commitmentSpace: 300 } }, async (session) => {
      const { pair, send, tx, query, call, storage } = session;
      await register(session, '//miner');
      const miner = pair('//miner');
      const commit = (fields: object[]) => tx('commitments.setCommitment', NETUID, { fields });
      expect((await send(commit([{ Raw3: '0x616263' }]), pair('//nobody'))).error).toBe(
        'commitments.AccountNotAllowedCommit',
      );
      const text = `owner/name ${'a'.repeat(40)} ${'b'.repeat(43)}`;
      const hex = `0x${Buffer.from(text).toString('hex')}`;
      const done = await send(commit([{ [`Raw${text.length}`]: hex }]), miner);
      expect(done.events).toEqual(['commitments.Commitment', 'system.ExtrinsicSuccess']);
      const stored = (await query('commitments.commitmentOf', NETUID, miner.address)).toJSON();
      expect(stored).toEqual({
        deposit: 0,
        block: done.block,
        info: { fields: [{ [`raw${text.length}`]: hex }] },
      });
      expect((await storage('commitments.commitmentOf').entries(NETUID)).length).toBe(1);
      expect((await query('commitments.usedSpaceOf', NETUID, miner.address)).toJSON()).toMatchObject({
        usedSpace: 100,
      });
      expect((await send(commit([{ BigRaw: `0x${'00'.repeat(200)}` }]), miner)).error).toBeUndefined();
      expect((await send(commit([{ Raw1: '0x00' }]), miner)).error).toBe('commitments.SpaceLimitExceeded');
      const metagraph = await call('subnetInfoRuntimeApi.getSelectiveMetagraph', NETUID, [52, 69, 73]);
      const { hotkeys, commitments, axons } = metagraph.toJSON() as Record<string, unknown[][]>;
      expect(hotkeys).toEqual([miner.address]);
      expect(axons).toBeNull();
      expect(commitments?.[0]?.[0]).toBe(miner.address);
      const raw = await query('commitments.commitmentOf', NETUID, miner.address);
      expect(Buffer.from(commitments?.[0]?.[1] as number[]).toString('hex')).toBe(
        Buffer.from((raw as unknown as { unwrap(): { toU8a(): Uint8Array } }).unwrap().toU8a()).toString(
          'hex',
        ),
      );
      const four = [{ None: null }, { None: null }, { None: null }, { None: null }];
      expect(await rejection(send(commit(four), miner))).toMatch(/^1002: /);
    });
  });
});

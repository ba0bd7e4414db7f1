import { describe, expect, test } from '@jest/globals';
import { TypeRegistry } from '@polkadot/types';
import { hexToU8a, u8aToHex } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import { timelockEncrypt } from '../../../src/common/timelock/index.js';
import type { GenesisSettings, GenesisSubnet } from '../../../src/localnet/chain/index.js';
import { rejection, withSession, type Session } from './chain-session.js';

const TAO = 1_000_000_000n;
const NETUID = 31;
const CLOCK = { startMs: 1_800_000_000_000, blockMs: 12_000 };
const SUBNET: GenesisSubnet = { netuid: NETUID, tempo: 10, weightsRateLimit: 0, commitReveal: true };
/** Seconds from pulse to pulse: three blocks. */
const PERIOD = 36;
const registry = new TypeRegistry();

interface Weights {
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly key?: number;
}

/** The payload as polkadot.js encodes it: not this project's own encoder. */
function payload(hotkey: Uint8Array | undefined, { uids, values, key = 0 }: Weights): Uint8Array {
  const lists = [uids, values, key];
  return hotkey === undefined
    ? registry.createType('(Vec<u16>, Vec<u16>, u64)', lists).toU8a()
    : registry.createType('(Bytes, Vec<u16>, Vec<u16>, u64)', [u8aToHex(hotkey), ...lists]).toU8a();
}

interface Reveal {
  /** Commits on mechanism 0 with version 4, to a round so many seconds from now. */
  readonly commit: (
    plain: Uint8Array,
    o?: { seconds?: number; ciphertext?: string },
  ) => Promise<{ error?: string; events: string[]; round: bigint; block: number }>;
  readonly epoch: () => Promise<number>;
  /** Builds blocks until the epoch's number is `epoch`. */
  readonly until: (epoch: number) => Promise<void>;
  readonly row: (uid?: number) => Promise<unknown>;
  readonly round: (seconds: number) => Promise<bigint>;
  /** `section.method` of every event of the newest block. */
  readonly events: () => Promise<string[]>;
}

/** A subnet with a validator (//validator, uid 0) that has its permit, and a miner (uid 1), at the start of an epoch. */
async function withValidator(
  o: { subnet?: Partial<GenesisSubnet>; genesis?: Partial<GenesisSettings> },
  body: (session: Session, reveal: Reveal) => Promise<void>,
): Promise<void> {
  const beacon = { periodSeconds: PERIOD };
  const genesis = { subnets: [{ ...SUBNET, ...o.subnet }], beacon, ...o.genesis };
  await withSession({ clock: CLOCK, genesis }, async (session) => {
    const { pair, send, tx, query, build } = session;
    for (const uri of ['//validator', '//miner']) {
      const hotkey = pair(uri).address;
      await send(tx('subtensorModule.registerLimit', NETUID, hotkey, TAO), pair('//Alice'));
    }
    await send(
      tx('subtensorModule.addStake', pair('//validator').address, NETUID, 100n * TAO),
      pair('//Alice'),
    );
    const number = async (name: string, ...keys: unknown[]) =>
      Number((await query(name, ...keys)).toString());
    const epoch = () => number('subtensorModule.subnetEpochIndex', NETUID);
    const until = async (wanted: number) => {
      while ((await epoch()) < wanted) await build();
    };
    const config = (await query('drand.beaconConfig')).toJSON() as { publicKey: string; genesisTime: number };
    const round = async (seconds: number) => {
      const now = await number('timestamp.now');
      return BigInt(Math.floor((now / 1000 + seconds - config.genesisTime) / PERIOD));
    };
    const reveal: Reveal = {
      epoch,
      until,
      round,
      row: async (uid = 0) => (await query('subtensorModule.weights', NETUID, uid)).toJSON(),
      events: async () =>
        ((await query('system.events')) as unknown as { event: { section: string; method: string } }[]).map(
          ({ event }) => `${event.section}.${event.method}`,
        ),
      commit: async (plain, { seconds = 60, ciphertext } = {}) => {
        const revealRound = await round(seconds);
        const encrypted =
          ciphertext ??
          u8aToHex(timelockEncrypt(plain, { round: revealRound, publicKey: hexToU8a(config.publicKey) }));
        const call = tx(
          'subtensorModule.commitTimelockedMechanismWeights',
          NETUID,
          0,
          encrypted,
          revealRound,
          4,
        );
        const { error, events, block } = await send(call, pair('//validator'));
        return { ...(error === undefined ? {} : { error }), events, round: revealRound, block };
      },
    };
    await until((await epoch()) + 1);
    await body(session, reveal);
  });
}

describe('timelocked weights', () => {
  test('are held back until the next epoch and then set by the chain', async () => {
    await withValidator({}, async ({ pair, query, build }, { commit, epoch, until, row, events }) => {
      const validator = pair('//validator');
      const at = await epoch();
      const plain = payload(validator.publicKey, { uids: [1, 0], values: [20000, 40000] });
      const done = await commit(plain, { seconds: 12 * 3 });
      expect(done.events).toEqual(['subtensorModule.TimelockedWeightsCommitted', 'system.ExtrinsicSuccess']);
      const updates = async () => (await query('subtensorModule.lastUpdate', NETUID)).toJSON();
      expect(await updates()).toEqual([done.block, expect.any(Number)]);
      const stored = (await query('subtensorModule.timelockedWeightCommits', NETUID, at)).toJSON();
      expect(stored).toEqual([
        [validator.address, done.block, expect.stringMatching(/^0x/), Number(done.round)],
      ]);
      while ((await epoch()) === at) {
        expect(await row()).toEqual([]);
        await build();
      }
      // Revealed in the block whose epoch ends the one before, ahead of it.
      expect(await events()).toEqual(
        expect.arrayContaining(['subtensorModule.WeightsSet', 'subtensorModule.TimelockedWeightsRevealed']),
      );
      expect(await row()).toEqual([
        [1, 32767],
        [0, 65535],
      ]);
      expect(await updates()).toEqual([done.block, expect.any(Number)]);
      expect((await query('subtensorModule.timelockedWeightCommits', NETUID, at)).toJSON()).toEqual([]);
      await until(at + 2);
      expect((await query('subtensorModule.incentive', NETUID)).toJSON()).toEqual([0, 65535]);
    });
  });

  test('wait for their pulse as long as the epoch lasts, and are lost when it does not come', async () => {
    await withValidator({}, async ({ pair, query, build, chain }, { commit, epoch, until, row }) => {
      const { publicKey } = pair('//validator');
      const kept = async (of: number) =>
        ((await query('subtensorModule.timelockedWeightCommits', NETUID, of)).toJSON() as unknown[]).length;
      const first = await epoch();
      await commit(payload(publicKey, { uids: [1], values: [1] }), { seconds: 120 });
      chain.beacon.silence();
      await until(first + 1);
      await build(4);
      expect([await row(), await kept(first)]).toEqual([[], 1]);
      chain.beacon.resume();
      await build(2);
      expect([await row(), await kept(first)]).toEqual([[[1, 65535]], 0]);
      const second = await epoch();
      await commit(payload(publicKey, { uids: [0], values: [1] }), { seconds: 120 });
      chain.beacon.silence();
      await until(second + 1);
      expect(await kept(second)).toBe(1);
      await until(second + 2);
      expect(await kept(second)).toBe(0);
      chain.beacon.resume();
      await build(3);
      expect(await row()).toEqual([[1, 65535]]);
      const third = await epoch();
      await commit(payload(publicKey, { uids: [0], values: [1] }));
      await until(third + 1);
      await build(3);
      expect(await row()).toEqual([[0, 65535]]);
    });
  });

  test('wait for as many epochs as the subnet says', async () => {
    await withValidator(
      { subnet: { revealPeriodEpochs: 2 } },
      async ({ pair }, { commit, epoch, until, row }) => {
        const at = await epoch();
        await commit(payload(pair('//validator').publicKey, { uids: [1], values: [1] }));
        await until(at + 1);
        expect(await row()).toEqual([]);
        await until(at + 2);
        expect(await row()).toEqual([[1, 65535]]);
      },
    );
  });

  test('that cannot be set, opened or read vanish without a word, and the older form without hotkey counts', async () => {
    await withValidator(
      { subnet: { weightsVersionKey: 5 } },
      async ({ pair }, { commit, epoch, until, row, events }) => {
        const { publicKey } = pair('//validator');
        const at = await epoch();
        const sound = { uids: [1], values: [1], key: 5 };
        const refused = [
          payload(pair('//miner').publicKey, sound), // another's
          payload(publicKey, { ...sound, key: 4 }), // version key
          payload(publicKey, { ...sound, uids: [7] }), // no such uid
          Uint8Array.of(1, 2, 3), // no payload
        ];
        for (const plain of refused) expect((await commit(plain)).error).toBeUndefined();
        expect((await commit(Uint8Array.of(), { ciphertext: '0x0102' })).error).toBeUndefined();
        await until(at + 1);
        expect(await row()).toEqual([]);
        expect((await events()).filter((name) => name.startsWith('subtensorModule'))).toEqual([]);
        await commit(payload(undefined, sound));
        await until(at + 2);
        expect(await row()).toEqual([[1, 65535]]);
      },
    );
  });

  test('are refused with the names of broken rules, from the pool where the chain checks there', async () => {
    const o = { subnet: { weightsRateLimit: 3 }, genesis: { stakeThresholdTao: 50 } };
    await withValidator(o, async (session, { round, commit, until, epoch }) => {
      const { pair, send, tx, build } = session;
      const call = (facts: { netuid?: number; mecid?: number; round?: bigint; version?: number } = {}) =>
        tx(
          'subtensorModule.commitTimelockedMechanismWeights',
          facts.netuid ?? NETUID,
          facts.mecid ?? 0,
          '0x01',
          facts.round ?? 1n << 60n,
          facts.version ?? 4,
        );
      const validator = pair('//validator');
      const errorOf = async (sent: ReturnType<typeof call>, signer = validator) =>
        (await send(sent, signer)).error;
      await build();
      const past = call({ round: (await round(0)) - 2n });
      expect(await rejection(send(past, validator))).toMatch(/Custom error: 15$/);
      expect(await rejection(send(call(), pair('//miner')))).toMatch(/Custom error: 1$/);
      expect(await errorOf(call({ mecid: 1 }))).toBe('subtensorModule.MechanismDoesNotExist');
      expect(await errorOf(call({ version: 3 }))).toBe('subtensorModule.IncorrectCommitRevealVersion');
      await send(
        tx('subtensorModule.addStake', pair('//nobody').address, NETUID, 60n * TAO),
        pair('//Alice'),
      );
      expect((await commit(Uint8Array.of(1))).error).toBeUndefined();
      // Included and failed: the pool does not count.
      expect((await commit(Uint8Array.of(1))).error).toBe('subtensorModule.CommittingWeightsTooFast');
      await until((await epoch()) + 1);
      const long = tx(
        'subtensorModule.commitTimelockedWeights',
        NETUID,
        `0x${'00'.repeat(5001)}`,
        1n << 60n,
        4,
      );
      expect(await rejection(send(long, validator))).toMatch(/longer than its bound/);
    });
  });

  test('wait ten at a time for each hotkey, by each of the three calls', async () => {
    await withValidator({ subnet: { tempo: 60 } }, async ({ pair, send, tx, query }, { epoch }) => {
      const validator = pair('//validator');
      const calls = [
        tx('subtensorModule.commitTimelockedWeights', NETUID, '0x01', 1n << 60n, 4),
        tx('subtensorModule.commitCrv3MechanismWeights', NETUID, 0, '0x02', 1n << 60n),
        tx('subtensorModule.commitTimelockedMechanismWeights', NETUID, 0, '0x03', 1n << 60n, 4),
      ];
      const at = await epoch();
      for (let i = 0; i < 10; i += 1) {
        expect((await send(calls[i % 3] as (typeof calls)[0], validator)).error).toBeUndefined();
      }
      expect((await send(calls[0] as (typeof calls)[0], validator)).error).toBe(
        'subtensorModule.TooManyUnrevealedCommits',
      );
      const kept = (
        await query('subtensorModule.timelockedWeightCommits', NETUID, at)
      ).toJSON() as string[][];
      expect(kept.map(([, , commit]) => commit).slice(0, 3)).toEqual(['0x01', '0x02', '0x03']);
      expect(kept).toHaveLength(10);
    });
  });

  test('are not taken where commit-reveal is off', async () => {
    await withValidator({ subnet: { commitReveal: false } }, async ({ send, tx, pair }, { commit }) => {
      expect((await commit(Uint8Array.of(1))).error).toBe('subtensorModule.CommitRevealDisabled');
      const hash = tx('subtensorModule.commitWeights', NETUID, `0x${'01'.repeat(32)}`);
      expect((await send(hash, pair('//validator'))).error).toBe('subtensorModule.CommitRevealDisabled');
      const reveal = tx('subtensorModule.revealWeights', NETUID, [1], [1], [1], 0);
      expect(await rejection(send(reveal, pair('//validator')))).toMatch(/Custom error: 16$/);
    });
  });
});

describe('salted commits', () => {
  const SALT = [3, 1, 4];
  const hashOf = (hotkey: Uint8Array, uids: number[], values: number[], key = 0) =>
    blake2AsHex(
      registry
        .createType('([u8; 32], u16, Vec<u16>, Vec<u16>, Vec<u16>, u64)', [
          hotkey,
          NETUID,
          uids,
          values,
          SALT,
          key,
        ])
        .toU8a(),
      256,
    );

  test('are revealed by their hotkey in exactly the epoch after, and not in another', async () => {
    await withValidator({}, async ({ pair, send, tx, query, build }, { epoch, until, row }) => {
      const validator = pair('//validator');
      const commitOf = (values: number[]) =>
        tx('subtensorModule.commitWeights', NETUID, hashOf(validator.publicKey, [1], values));
      const revealOf = (values: number[]) =>
        tx('subtensorModule.revealWeights', NETUID, [1], values, SALT, 0);
      const at = await epoch();
      const done = await send(commitOf([5]), validator);
      expect(done.events).toEqual(['subtensorModule.WeightsCommitted', 'system.ExtrinsicSuccess']);
      const queue = async () =>
        (await query('subtensorModule.weightCommits', NETUID, validator.address)).toJSON();
      expect(await queue()).toEqual([[hashOf(validator.publicKey, [1], [5]), at, done.block, 0]]);
      expect(await rejection(send(revealOf([5]), validator))).toMatch(/Custom error: 17$/);
      expect(await rejection(send(revealOf([6]), validator))).toMatch(/Custom error: 16$/);
      await until(at + 1);
      const revealed = await send(revealOf([5]), validator);
      expect(revealed.events).toEqual([
        'subtensorModule.WeightsSet',
        'subtensorModule.WeightsRevealed',
        'system.ExtrinsicSuccess',
      ]);
      expect([await row(), await queue()]).toEqual([[[1, 65535]], null]);
      const mechanism = hashOf(validator.publicKey, [0], [1]);
      const late = await epoch();
      await send(tx('subtensorModule.commitMechanismWeights', NETUID, 0, mechanism), validator);
      await until(late + 2);
      await build();
      const reveal = tx('subtensorModule.revealMechanismWeights', NETUID, 0, [0], [1], SALT, 0);
      expect(await rejection(send(reveal, validator))).toMatch(/Custom error: 17$/);
      // What expired makes room.
      await send(commitOf([9]), validator);
      expect(await queue()).toHaveLength(1);
    });
  });

  test('are limited in the pool by the rate limit', async () => {
    await withValidator({ subnet: { weightsRateLimit: 5 } }, async ({ pair, send, tx, build }) => {
      const commit = () => tx('subtensorModule.commitWeights', NETUID, `0x${'01'.repeat(32)}`);
      await build(5);
      expect((await send(commit(), pair('//validator'))).error).toBeUndefined();
      expect(await rejection(send(commit(), pair('//validator')))).toMatch(/Custom error: 6$/);
    });
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { hexToU8a } from '@polkadot/util';
import { signRound, verifyPulse } from '../../../../src/common/timelock/index.js';
import { withSession, type Session } from '../chain-session.js';

/** Round 1000 of quicknet, which everybody can get at https://api.drand.sh/52db9ba7.../public/1000. */
const ROUND_1000 = hexToU8a(
  '0xb44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125' + 'e342b73a8dd2bacbe47e4b6b63ed5e39',
);
const CLOCK = { startMs: 1_800_000_000_000, blockMs: 12_000 };

const lastRound = async ({ query }: Session) => BigInt((await query('drand.lastStoredRound')).toString());
const isStored = async ({ query }: Session, round: bigint) =>
  (await query('drand.pulses', round)).toString() !== '';
/** `section.method` of every event of the newest block. */
const events = async ({ query }: Session) =>
  ((await query('system.events')) as unknown as { event: { section: string; method: string } }[]).map(
    ({ event }) => `${event.section}.${event.method}`,
  );

describe('pulses on a chain with a beacon of its own', () => {
  test('come one a period, verify under the key in storage, and stop and go on as they are told', async () => {
    await withSession({ clock: CLOCK, beacon: 'on' }, async (session) => {
      const { build, query, chain, api } = session;
      await build();
      const config = (await query('drand.beaconConfig')).toJSON() as {
        publicKey: string;
        period: number;
        genesisTime: number;
      };
      expect(config.period).toBe(12);
      const first = await lastRound(session);
      expect(first).toBe(BigInt(Math.floor((CLOCK.startMs / 1000 - config.genesisTime) / 12) + 1));
      expect((await query('drand.oldestStoredRound')).toString()).toBe(first.toString());
      const pulse = (await query('drand.pulses', first)).toJSON() as { signature: string };
      expect(
        verifyPulse({
          round: first,
          signature: hexToU8a(pulse.signature),
          publicKey: hexToU8a(config.publicKey),
        }),
      ).toBe(true);
      expect(await events(session)).toEqual([
        'system.ExtrinsicSuccess',
        'drand.NewPulse',
        'system.ExtrinsicSuccess',
      ]);
      const { block } = await api.rpc.chain.getBlock();
      expect(block.extrinsics.map(({ method }) => `${method.section}.${method.method}`)).toEqual([
        'timestamp.set',
        'drand.writePulse',
      ]);
      await build();
      expect(await lastRound(session)).toBe(first + 1n);
      chain.beacon.silence();
      await build(3);
      expect(await lastRound(session)).toBe(first + 1n);
      chain.beacon.resume();
      await build();
      expect(await lastRound(session)).toBe(first + 5n);
      expect(await isStored(session, first + 3n)).toBe(true);
    });
  });

  test('do not come unasked where no subnet has commit-reveal', async () => {
    await withSession({ clock: CLOCK }, async (session) => {
      await session.build(2);
      expect(await lastRound(session)).toBe(0n);
      session.chain.beacon.resume();
      await session.build();
      expect(await lastRound(session)).toBeGreaterThan(0n);
    });
  });

  test('are signed with the same key after a restart, and go on from the last round', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'ht-beacon-'));
    try {
      const options = { clock: CLOCK, beacon: 'on', directory } as const;
      const before = await withSession(options, async (session) => {
        await session.build(2);
        return lastRound(session);
      });
      await withSession(options, async (session) => {
        await session.build();
        expect(await lastRound(session)).toBe(before + 1n);
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('may not be signed by anybody: that is for the workers', async () => {
    await withSession({}, async ({ send, tx, pair }) => {
      const pulses = [{ round: 1, randomness: '0x00', signature: '0x00' }];
      const payload = { blockNumber: 1, pulses, public: { Sr25519: `0x${'00'.repeat(32)}` } };
      const result = await send(tx('drand.writePulse', payload, null), pair('//Alice'));
      expect([result.error, result.events.includes('system.ExtrinsicFailed')]).toEqual(['BadOrigin', true]);
    });
  });
});

describe('pulses of drand itself, on a chain that takes quicknet', () => {
  const genesis = { beacon: 'quicknet' } as const;

  test('are stored when quicknet signed them', async () => {
    await withSession({ genesis }, async (session) => {
      const { chain, build, query } = session;
      chain.beacon.submit(1_000n, ROUND_1000);
      await build();
      expect(await events(session)).toContain('drand.NewPulse');
      expect((await query('drand.pulses', 1_000n)).toJSON()).toEqual({
        round: 1_000,
        randomness: '0xfe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd',
        signature: `0x${Buffer.from(ROUND_1000).toString('hex')}`,
      });
      expect(await lastRound(session)).toBe(1_000n);
      // The same once more is not newer.
      chain.beacon.submit(1_000n, ROUND_1000);
      await build();
      expect(await events(session)).toEqual(['system.ExtrinsicSuccess', 'system.ExtrinsicFailed']);
    });
  });

  test('are passed over when somebody else signed them, and fail when they are no signature at all', async () => {
    await withSession({ genesis }, async (session) => {
      const { chain, build, query, api } = session;
      const failures = async () => {
        const records = (await query('system.events')) as unknown as {
          event: { method: string; data: { dispatchError?: { asModule: Uint8Array } } };
        }[];
        return records.flatMap(({ event }) => {
          const error = event.data.dispatchError;
          return error === undefined ? [] : api.registry.findMetaError(error.asModule).name;
        });
      };
      chain.beacon.submit(1_001n, ROUND_1000);
      chain.beacon.submit(1_000n, signRound(new Uint8Array(32).fill(7), 1_000n));
      await build();
      expect([await isStored(session, 1_001n), await isStored(session, 1_000n)]).toEqual([false, false]);
      expect(await events(session)).not.toContain('drand.NewPulse');
      expect(await failures()).toEqual([]);
      chain.beacon.submit(1_000n, new Uint8Array(48));
      await build();
      expect(await failures()).toEqual(['PulseVerificationError']);
      expect(await lastRound(session)).toBe(0n);
    });
  });
});

import { describe, expect, test } from '@jest/globals';
import { hexToU8a, u8aToHex } from '@polkadot/util';
import { QUICKNET, timelockEncrypt } from '../../../src/common/timelock/index.js';
import { resetBonds } from '../../../src/localnet/chain/calls/commitments/reset-bonds.js';
import { buildMetadata } from '../../../src/localnet/chain/metadata/build-metadata.js';
import { SubtensorItems } from '../../../src/localnet/chain/state/items.js';
import { Overlay } from '../../../src/localnet/chain/state/overlay.js';
import { Storage, StorageCodec } from '../../../src/localnet/chain/state/storage.js';
import { rejection, withSession, type Session } from './chain-session.js';

const NETUID = 31;
/** Round 1000 of quicknet. */
const SIGNATURE = hexToU8a(
  '0xb44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125' + 'e342b73a8dd2bacbe47e4b6b63ed5e39',
);
const utf8 = (text: string) => `0x${Buffer.from(text).toString('hex')}`;
const lock = (text: string, round = 1000n) =>
  u8aToHex(timelockEncrypt(Buffer.from(text), { round, publicKey: QUICKNET.publicKey }));

/** A chain that takes quicknet's pulses, with //miner registered. */
async function withMiner(
  body: (
    session: Session,
    miner: {
      commit: (
        ...fields: object[]
      ) => Promise<{ error: string | undefined; events: string[]; block: number }>;
      read: (item: string) => Promise<unknown>;
      /** Puts round 1000 on chain; the block after opens what waits for it. */
      pulse: () => Promise<void>;
    },
  ) => Promise<void>,
  commitmentSpace = 3100,
): Promise<void> {
  await withSession({ genesis: { beacon: 'quicknet', commitmentSpace } }, async (session) => {
    const { pair, send, tx, query, chain, build } = session;
    const miner = pair('//miner');
    await send(tx('subtensorModule.burnedRegister', NETUID, miner.address), pair('//Alice'));
    await body(session, {
      commit: (...fields) => send(tx('commitments.setCommitment', NETUID, { fields }), miner),
      read: async (item) => (await query(`commitments.${item}`, NETUID, miner.address)).toJSON(),
      pulse: async () => {
        chain.beacon.submit(1000n, SIGNATURE);
        await build(2);
      },
    });
  });
}

describe('commitments on the local chain', () => {
  test('may hold every kind of field, three at most', async () => {
    await withMiner(async ({ send, tx, pair }, { commit, read }) => {
      const hash = `0x${'ab'.repeat(32)}`;
      const kinds: object[][] = [
        [],
        [{ None: null }],
        [{ Raw0: '0x' }, { Raw1: '0x61' }, { Raw128: `0x${'62'.repeat(128)}` }],
        [{ BlakeTwo256: hash }, { Sha256: hash }],
        [{ Keccak256: hash }, { ShaThree256: hash }],
        [{ BigRaw: `0x${'63'.repeat(512)}` }],
        [{ TimelockEncrypted: { encrypted: '0x0102', revealRound: 7 } }],
      ];
      for (const fields of kinds) {
        const done = await commit(...fields);
        expect(done.error).toBeUndefined();
        expect(await read('commitmentOf')).toMatchObject({ deposit: 0, block: done.block });
        const stored = (await read('commitmentOf')) as { info: { fields: unknown[] } };
        expect(stored.info.fields).toHaveLength(fields.length);
        expect(await read('lastCommitment')).toBe(done.block);
      }
      const tooLong: object[][] = [
        [{ BigRaw: `0x${'63'.repeat(513)}` }],
        [{ TimelockEncrypted: { encrypted: `0x${'00'.repeat(1025)}`, revealRound: 7 } }],
        [{ None: null }, { None: null }, { None: null }, { None: null }],
      ];
      for (const fields of tooLong) {
        expect(await rejection(commit(...fields))).toMatch(/longer than its bound/);
      }
      const limit = tx('commitments.setMaxSpace', 1_000_000);
      expect((await send(limit, pair('//Alice'))).error).toBe('BadOrigin');
    });
  });

  test('are opened in the block after their pulse, and only then', async () => {
    await withMiner(async ({ query, build }, { commit, read, pulse }) => {
      const done = await commit({ TimelockEncrypted: { encrypted: lock('a secret'), revealRound: 1000 } });
      expect(done.events).toEqual(['commitments.TimelockCommitment', 'system.ExtrinsicSuccess']);
      const index = async () => (await query('commitments.timelockedIndex')).toJSON() as unknown[];
      await build(2);
      expect([await read('revealedCommitments'), (await index()).length]).toEqual([null, 1]);
      await pulse();
      const records = (await query('system.events')) as unknown as { event: { method: string } }[];
      expect(records.map(({ event }) => event.method)).toContain('CommitmentRevealed');
      const head = Number((await query('system.number')).toString());
      expect(await read('revealedCommitments')).toEqual([[utf8('a secret'), head]]);
      // Nothing is left of it but when it was made.
      expect(await read('commitmentOf')).toBeNull();
      expect(await read('lastCommitment')).toBe(done.block);
      expect(await index()).toEqual([]);
    });
  });

  test('keep their other fields and their block, and lose what cannot be opened', async () => {
    await withMiner(async ({ query }, { commit, read, pulse }) => {
      const done = await commit(
        { Raw2: utf8('hi') },
        { TimelockEncrypted: { encrypted: lock('now'), revealRound: 1000 } },
        { TimelockEncrypted: { encrypted: lock('later', 1001n), revealRound: 1001 } },
      );
      await pulse();
      expect(await read('revealedCommitments')).toEqual([[utf8('now'), expect.any(Number)]]);
      const stored = (await read('commitmentOf')) as { block: number; info: { fields: object[] } };
      expect(stored.block).toBe(done.block);
      expect(stored.info.fields.map((field) => Object.keys(field)[0])).toEqual(['raw2', 'timelockEncrypted']);
      expect((await query('commitments.timelockedIndex')).toJSON()).toHaveLength(1);
      // Pulse 1000 is there already: what names it is opened, or dropped, in the next block.
      await commit(
        { TimelockEncrypted: { encrypted: '0x0102', revealRound: 1000 } },
        { TimelockEncrypted: { encrypted: lock('for another round', 1001n), revealRound: 1000 } },
        { TimelockEncrypted: { encrypted: lock(''), revealRound: 1000 } },
      );
      expect(await read('revealedCommitments')).toHaveLength(1);
      expect(await read('commitmentOf')).toBeNull();
      expect((await query('commitments.timelockedIndex')).toJSON()).toEqual([]);
    });
  });

  test('keep the last ten reveals', async () => {
    await withMiner(async (_session, { commit, read, pulse }) => {
      await pulse();
      for (const letter of 'abcd') {
        const field = (n: number) => ({
          TimelockEncrypted: { encrypted: lock(`${letter}${n}`), revealRound: 1000 },
        });
        await commit(field(0), field(1), field(2));
      }
      const reveals = (await read('revealedCommitments')) as [string, number][];
      expect(reveals.map(([bytes]) => Buffer.from(hexToU8a(bytes)).toString())).toEqual([
        'a2',
        'b0',
        'b1',
        'b2',
        'c0',
        'c1',
        'c2',
        'd0',
        'd1',
        'd2',
      ]);
    }, 100_000);
  });

  test('note a wish to reset bonds, unless they do not fit', async () => {
    await withMiner(async (_session, { commit, read }) => {
      const done = await commit({ ResetBondsFlag: null });
      expect(await read('lastBondsReset')).toBe(done.block);
      await commit({ ResetBondsFlag: null });
      const last = await read('lastBondsReset');
      const refused = await commit({ ResetBondsFlag: null });
      expect(refused.error).toBe('commitments.SpaceLimitExceeded');
      expect(await read('lastBondsReset')).toBe(last);
    }, 200);
  });
});

test('a reset takes the bonds in one neuron away where the subnet allows it', () => {
  const codec = new StorageCodec(buildMetadata());
  const storage = new Storage(codec, new Overlay({ get: () => undefined, keys: () => [] }));
  const who = `0x${'11'.repeat(32)}`;
  storage.set(SubtensorItems.uids, [NETUID, who], 4);
  storage.set(
    SubtensorItems.bonds,
    [NETUID, 0],
    [
      [4, 9],
      [5, 8],
    ],
  );
  storage.set(SubtensorItems.bonds, [NETUID, 1], [[5, 7]]);
  const bonds = () => [0, 1].map((uid) => storage.get(SubtensorItems.bonds, NETUID, uid));
  resetBonds(storage, NETUID, who);
  expect(bonds()).toEqual([
    [
      [4, 9],
      [5, 8],
    ],
    [[5, 7]],
  ]);
  storage.set(SubtensorItems.bondsResetOn, [NETUID], true);
  resetBonds(storage, NETUID, `0x${'22'.repeat(32)}`);
  expect(bonds()).toEqual([
    [
      [4, 9],
      [5, 8],
    ],
    [[5, 7]],
  ]);
  resetBonds(storage, NETUID, who);
  expect(bonds()).toEqual([[[5, 8]], [[5, 7]]]);
});

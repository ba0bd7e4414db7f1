import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { xxhashAsHex } from '@polkadot/util-crypto';
import { inTemporaryFolder } from '../../../support/temporary-folder.js';
import { withSession, type Session } from '../chain-session.js';

const NETUID = 31;
const TAO = 1_000_000_000n;
const SUBTENSOR = xxhashAsHex('SubtensorModule', 128);

/** Every entry of SubtensorModule after the newest block. */
async function subtensorState({ provider, api }: Session): Promise<Record<string, string>> {
  const head = (await api.rpc.chain.getHeader()).hash.toHex();
  const keys: string[] = [];
  for (;;) {
    const page = await provider.send<string[]>('state_getKeysPaged', [
      SUBTENSOR,
      1000,
      keys.at(-1) ?? null,
      head,
    ]);
    keys.push(...page);
    if (page.length < 1000) break;
  }
  const entries = await Promise.all(
    keys.map(async (key) => [key, await provider.send<string>('state_getStorage', [key, head])] as const),
  );
  return Object.fromEntries(entries);
}

/** A validator with weights and bonds, settings of the owner, a second subnet, an epoch that was triggered. */
async function liveALittle({ pair, send, tx, build, query }: Session): Promise<void> {
  const alice = pair('//Alice');
  const send1 = async (call: ReturnType<typeof tx>, signer = alice) =>
    expect((await send(call, signer)).error).toBeUndefined();
  const [validator, miner] = [pair('//validator'), pair('//miner')];
  await send1(tx('subtensorModule.burnedRegister', NETUID, validator.address));
  await send1(tx('subtensorModule.burnedRegister', NETUID, miner.address));
  await send1(tx('subtensorModule.addStake', validator.address, NETUID, 100n * TAO));
  await send1(tx('adminUtils.sudoSetImmunityPeriod', NETUID, 77));
  await send1(tx('subtensorModule.registerNetwork', pair('//other').address));
  await build(4);
  await send1(tx('subtensorModule.setWeights', NETUID, [1], [9], 0), validator);
  await build(12);
  await send1(tx('subtensorModule.triggerEpoch', NETUID));
  expect((await query('subtensorModule.bonds', NETUID, 0)).toJSON()).toEqual([[1, 6553]]);
  expect((await query('subtensorModule.pendingEpochAt', NETUID)).toString()).not.toBe('0');
}

test('a chain that ends without a word goes on as if it had not: same state, same epochs after it', async () => {
  const genesis = { adminFreezeWindow: 3, subnets: [{ netuid: NETUID, tempo: 12 }] };
  await inTemporaryFolder(async (folder) => {
    const [directory, left] = [join(folder, 'running'), join(folder, 'left')];
    await withSession({ directory, genesis }, async (session) => {
      await liveALittle(session);
      const before = await subtensorState(session);
      // What kill -9 would leave: the files as they are while the chain runs.
      await cp(directory, left, { recursive: true });
      await session.build(20);
      const after = await subtensorState(session);
      expect(after).not.toEqual(before);
      await withSession({ directory: left }, async (again) => {
        expect(await subtensorState(again)).toEqual(before);
        await again.build(20);
        expect(await subtensorState(again)).toEqual(after);
      });
    });
  });
}, 60_000);

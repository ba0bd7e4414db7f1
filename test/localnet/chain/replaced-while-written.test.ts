import { expect, test } from '@jest/globals';
import { silentLog } from '../../../src/common/log.js';
import { genesisChanges, LocalChain } from '../../../src/localnet/chain/chain.js';
import { writeGenesis } from '../../../src/localnet/chain/genesis.js';
import { withSession } from './chain-session.js';

test('a transaction that is replaced while its block is being written leaves nothing in the pool', async () => {
  const [first, rival] = await withSession({}, async ({ tx, pair }) => {
    const sign = async (tip: number) =>
      (await tx('system.remark', '0x').signAsync(pair('//Alice'), { nonce: 0, era: 0, tip })).toHex();
    return [await sign(0), await sign(1000)];
  });
  // The same genesis as the session's chain, so the signatures hold here as well.
  const chain = new LocalChain({ history: 10, log: silentLog });
  chain.startFromGenesis(await genesisChanges(chain.codec, (storage) => writeGenesis(storage, {})));
  const statuses: unknown[] = [];
  chain.useJournal({
    append: () => {
      if (chain.head.header.number === 0) chain.submit(rival, (status) => statuses.push(status));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
  chain.submit(first);
  expect((await chain.buildBlock()).extrinsics).toHaveLength(2);
  await chain.buildBlock();
  expect(chain.pool.size).toBe(0);
  expect(statuses.at(-1)).toBe('invalid');
});

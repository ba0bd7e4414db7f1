import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { silentLog } from '../../../../src/common/log.js';
import { genesisChanges, LocalChain } from '../../../../src/localnet/chain/chain.js';
import { writeGenesis } from '../../../../src/localnet/chain/genesis.js';
import { startLocalChain } from '../../../../src/localnet/chain/index.js';
import { openJournal } from '../../../../src/localnet/chain/persistence/journal.js';
import { inTemporaryFolder } from '../../../support/temporary-folder.js';
import { rejection, withSession } from '../chain-session.js';

const TAO = 1_000_000_000n;

async function blocksFile(directory: string): Promise<string> {
  const names = await readdir(directory);
  return join(directory, names.find((name) => name.endsWith('.blocks')) ?? '');
}

describe('a local chain in a folder', () => {
  test('goes on after a restart: same genesis, same blocks, same past, next number', async () => {
    await inTemporaryFolder(async (directory) => {
      const first = await withSession({ directory }, async ({ api, pair, send, tx }) => {
        const bob = pair('//Bob').address;
        const done = await send(tx('balances.transferKeepAlive', bob, TAO), pair('//Alice'));
        await send(tx('balances.transferKeepAlive', bob, TAO), pair('//Alice'));
        return {
          ...done,
          genesis: api.genesisHash.toHex(),
          head: (await api.rpc.chain.getHeader()).hash.toHex(),
        };
      });
      await withSession({ directory }, async ({ api, pair, send, build, tx, free }) => {
        expect(api.genesisHash.toHex()).toBe(first.genesis);
        expect((await api.rpc.chain.getHeader()).hash.toHex()).toBe(first.head);
        const bob = pair('//Bob').address;
        expect((await free(bob, first.blockHash)) / TAO).toBe(1_000_001n);
        expect((await free(bob, first.head)) / TAO).toBe(1_000_002n);
        await build();
        expect((await api.rpc.chain.getHeader()).number.toNumber()).toBe(5);
        expect((await send(tx('system.remark', '0x'), pair('//Alice'))).error).toBeUndefined();
      });
    });
  });

  test('forgets a block that was cut short in the file, and nothing else', async () => {
    await inTemporaryFolder(async (directory) => {
      const chain = await startLocalChain({ port: 0, blockMs: 0, directory });
      for (let i = 0; i < 3; i += 1) await chain.buildBlock();
      await chain.close();
      const path = await blocksFile(directory);
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.slice(0, -20));
      const again = await startLocalChain({ port: 0, blockMs: 0, directory });
      try {
        expect((await again.buildBlock()).number).toBe(3);
      } finally {
        await again.close();
      }
    });
  });

  test('refuses a file that is damaged before its end, and names the remedy', async () => {
    await inTemporaryFolder(async (directory) => {
      const chain = await startLocalChain({ port: 0, blockMs: 0, directory });
      for (let i = 0; i < 3; i += 1) await chain.buildBlock();
      await chain.close();
      const path = await blocksFile(directory);
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace('"number":1', '"number":7'));
      await expect(startLocalChain({ port: 0, blockMs: 0, directory })).rejects.toMatchObject({
        code: 'LOCALNET_DAMAGED',
      });
    });
  });

  test('keeps two segments of history and answers from both after a restart', async () => {
    await inTemporaryFolder(async (directory) => {
      const chain = await startLocalChain({ port: 0, blockMs: 0, directory, historyBlocks: 5 });
      const hashes = [''];
      for (let i = 1; i <= 18; i += 1) hashes[i] = (await chain.buildBlock()).hash;
      await chain.close();
      expect((await readdir(directory)).sort()).toEqual([
        '10.blocks',
        '10.snapshot.json',
        '15.blocks',
        '15.snapshot.json',
        'lock.sqlite',
      ]);
      await withSession({ directory, historyBlocks: 5 }, async ({ api, provider, queryAt }) => {
        expect((await api.rpc.chain.getHeader()).hash.toHex()).toBe(hashes[18]);
        expect((await queryAt(hashes[13] ?? '', 'system.number')).toString()).toBe('13');
        expect(await rejection(provider.send('state_getStorage', ['0x26aa', hashes[9]]))).toMatch(
          /UnknownBlock/,
        );
      });
    });
  });

  test('after a block that could not be written takes no other, so that the file stays readable', async () => {
    await inTemporaryFolder(async (directory) => {
      const chain = new LocalChain({ history: 10, log: silentLog });
      const genesis = await genesisChanges(chain.codec, (storage) => writeGenesis(storage, {}));
      const journal = await openJournal(directory, chain, genesis, { log: silentLog, segmentBlocks: 1 });
      chain.useJournal(journal);
      await chain.buildBlock();
      // A folder where the next segment's file must go: the block after it fails, as on a full disk.
      await mkdir(join(directory, '1.blocks'));
      await expect(chain.buildBlock()).rejects.toThrow('EISDIR');
      await rm(join(directory, '1.blocks'), { recursive: true });
      await expect(chain.buildBlock()).rejects.toThrow('EISDIR');
      await chain.close();
      const again = await startLocalChain({ port: 0, blockMs: 0, directory });
      expect((await again.buildBlock()).number).toBe(2);
      await again.close();
    });
  });

  test('is cleared of a snapshot that a killed process did not finish', async () => {
    await inTemporaryFolder(async (directory) => {
      await writeFile(join(directory, '7.snapshot.json.0123.tmp'), '{');
      await (await startLocalChain({ port: 0, blockMs: 0, directory })).close();
      expect((await readdir(directory)).sort()).toEqual(['0.blocks', '0.snapshot.json', 'lock.sqlite']);
    });
  });

  test('is for one chain at a time', async () => {
    await inTemporaryFolder(async (directory) => {
      const chain = await startLocalChain({ port: 0, blockMs: 0, directory });
      try {
        await expect(startLocalChain({ port: 0, blockMs: 0, directory })).rejects.toMatchObject({
          code: 'STATE_IN_USE',
        });
      } finally {
        await chain.close();
      }
      await (await startLocalChain({ port: 0, blockMs: 0, directory })).close();
    });
  });
});

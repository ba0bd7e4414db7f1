import { describe, expect, test } from '@jest/globals';
import { rejection, withSession } from './chain-session.js';

const TAO = 1_000_000_000n;

describe('an unmodified @polkadot/api on the local chain', () => {
  test('connects, sees subtensor and its constants', async () => {
    await withSession({}, async ({ api }) => {
      expect(api.runtimeVersion.specName.toString()).toBe('node-subtensor');
      expect(api.runtimeVersion.specVersion.toNumber()).toBe(424);
      expect(api.registry.chainSS58).toBe(42);
      expect(api.registry.chainTokens).toEqual(['TAO']);
      expect(api.consts.balances?.existentialDeposit?.toString()).toBe('500');
      expect(api.runtimeMetadata.version).toBe(16);
      expect((await api.rpc.state.getMetadata()).version).toBe(14);
    });
  });

  test('sends a transfer through ready, in block and finalized, with its events and fee', async () => {
    await withSession({}, async ({ pair, send, tx, free }) => {
      const [alice, stranger] = [pair('//Alice'), pair('//stranger')];
      const result = await send(tx('balances.transferKeepAlive', stranger.address, 5n * TAO), alice);
      expect(result.error).toBeUndefined();
      expect(result.statuses).toEqual(['Ready', 'InBlock', 'Finalized']);
      expect(result.events).toEqual([
        'balances.Withdraw',
        'system.NewAccount',
        'balances.Endowed',
        'balances.Transfer',
        'transactionPayment.TransactionFeePaid',
        'system.ExtrinsicSuccess',
      ]);
      expect(await free(stranger.address)).toBe(5n * TAO);
      const spent = 1_000_000n * TAO - (await free(alice.address));
      const info = await tx('balances.transferKeepAlive', stranger.address, 5n * TAO).paymentInfo(alice);
      expect(spent - 5n * TAO).toBe(info.partialFee.toBigInt());
    });
  });

  test('accepts ed25519 signatures, immortal and mortal eras, and a tip', async () => {
    await withSession({}, async ({ keyring, pair, send, tx, free, nonce }) => {
      const edward = keyring.addFromUri('//edward', {}, 'ed25519');
      const transfer = tx('balances.transferKeepAlive', edward.address, 10n * TAO);
      expect((await send(transfer, pair('//Alice'), { era: 0 })).error).toBeUndefined();
      const back = tx('balances.transferAllowDeath', pair('//Alice').address, TAO);
      expect((await send(back, edward, { era: 8, tip: 77 })).error).toBeUndefined();
      expect(await free(edward.address)).toBe(9n * TAO - 125_000n - 77n);
      expect(await nonce(edward.address)).toBe(1);
    });
  });

  test('fails transfers with the errors of the balances pallet and reaps an emptied account', async () => {
    await withSession({}, async ({ pair, send, tx, query }) => {
      const [alice, poor, other] = [pair('//Alice'), pair('//poor'), pair('//other')];
      await send(tx('balances.transferKeepAlive', poor.address, TAO), alice);
      const all = TAO - 125_000n;
      expect((await send(tx('balances.transferKeepAlive', other.address, 10n), alice)).error).toBe(
        '{"token":"BelowMinimum"}',
      );
      expect((await send(tx('balances.transferKeepAlive', other.address, 9n * TAO), poor)).error).toBe(
        '{"token":"FundsUnavailable"}',
      );
      const rest = all - 125_000n;
      const emptied = await send(tx('balances.transferAllowDeath', other.address, rest), poor);
      expect(emptied.error).toBeUndefined();
      expect(emptied.events).toContain('system.KilledAccount');
      const gone = (await query('system.account', poor.address)).toJSON();
      expect(gone).toMatchObject({ nonce: 0, providers: 0 });
      expect(await rejection(send(tx('balances.transferAllowDeath', other.address, 1n), poor))).toMatch(
        /1010: Invalid Transaction: Inability to pay some fees/,
      );
    });
  });

  test('hands out nonces, keeps a gap waiting and carries all out once it is filled', async () => {
    await withSession({}, async ({ api, pair, chain, tx, nonce }) => {
      const [alice, bob] = [pair('//Alice'), pair('//Bob')];
      const transfer = (amount: bigint) => tx('balances.transferKeepAlive', bob.address, amount);
      await transfer(1n).signAndSend(alice, { nonce: 1 });
      await transfer(2n).signAndSend(alice, { nonce: 2 });
      expect((await api.rpc.system.accountNextIndex(alice.address)).toNumber()).toBe(0);
      await chain.buildBlock();
      expect(await nonce(alice.address)).toBe(0);
      await transfer(3n).signAndSend(alice, { nonce: 0 });
      expect((await api.rpc.system.accountNextIndex(alice.address)).toNumber()).toBe(3);
      expect((await api.rpc.author.pendingExtrinsics()).length).toBe(3);
      await chain.buildBlock();
      expect(await nonce(alice.address)).toBe(3);
      expect((await api.rpc.author.pendingExtrinsics()).length).toBe(0);
    });
  });

  test('refuses what the pool of a node refuses, with its codes', async () => {
    await withSession({}, async ({ api, provider, pair, build, tx }) => {
      const [alice, bob] = [pair('//Alice'), pair('//Bob')];
      const transfer = tx('balances.transferKeepAlive', bob.address, 1n);
      const first = await transfer.signAsync(alice, { nonce: 0 });
      const submit = (hex: string) => api.rpc.author.submitExtrinsic(hex);
      await submit(first.toHex());
      expect(await rejection(submit(first.toHex()))).toMatch(/^1013: Transaction Already Imported/);
      const rival = await tx('balances.transferKeepAlive', bob.address, 2n).signAsync(alice, { nonce: 0 });
      expect(await rejection(submit(rival.toHex()))).toMatch(/^1014: Priority is too low: \(0 vs 0\)/);
      await build();
      expect(await rejection(submit(rival.toHex()))).toBe(
        '1010: Invalid Transaction: Transaction is outdated',
      );
      const bytes = (await transfer.signAsync(alice, { nonce: 1 })).toU8a();
      bytes[60] = (bytes[60] ?? 0) ^ 1;
      expect(await rejection(submit(`0x${Buffer.from(bytes).toString('hex')}`))).toBe(
        '1010: Invalid Transaction: Transaction has a bad signature',
      );
      for (const broken of ['0x1234', `${first.toHex()}00`, first.toHex().slice(0, -2)]) {
        expect(await rejection(provider.send('author_submitExtrinsic', [broken]))).toMatch(
          /^1002: Verification Error/,
        );
      }
    });
  });

  test('a better tip takes the place of a waiting transaction and its watcher hears of it', async () => {
    await withSession({}, async ({ api, pair, build, tx, free }) => {
      const [alice, bob] = [pair('//Alice'), pair('//Bob')];
      const heard: string[] = [];
      const usurped = new Promise<void>((resolve, reject) => {
        tx('balances.transferKeepAlive', bob.address, 1n)
          .signAndSend(alice, { nonce: 0 }, ({ status }) => {
            heard.push(status.type);
            if (status.isUsurped) resolve();
          })
          .catch(reject);
      });
      // The first one is in the pool before the second is made.
      while ((await api.rpc.author.pendingExtrinsics()).length === 0);
      const better = tx('balances.transferKeepAlive', bob.address, 7n);
      await better.signAndSend(alice, { nonce: 0, tip: 1 });
      await usurped;
      await build();
      expect(heard).toEqual(['Ready', 'Usurped']);
      expect(await free(bob.address)).toBe(1_000_000n * TAO + 7n);
    });
  });

  test('a mortal transaction is refused after its era, and dropped when the era ends in the pool', async () => {
    await withSession({}, async ({ api, pair, build, tx, nonce }) => {
      const [alice, bob] = [pair('//Alice'), pair('//Bob')];
      const transfer = tx('balances.transferKeepAlive', bob.address, 1n);
      await build(2);
      const mortal = await transfer.signAsync(alice, { nonce: 0, era: 4 });
      await api.rpc.author.submitExtrinsic((await transfer.signAsync(alice, { nonce: 1, era: 4 })).toHex());
      await build(5);
      expect(await rejection(api.rpc.author.submitExtrinsic(mortal.toHex()))).toBe(
        '1010: Invalid Transaction: Transaction has a bad signature',
      );
      const refill = await transfer.signAsync(alice, { nonce: 0, era: 0 });
      await api.rpc.author.submitExtrinsic(refill.toHex());
      await build();
      expect(await nonce(alice.address)).toBe(1);
      expect((await api.rpc.author.pendingExtrinsics()).length).toBe(0);
    });
  });

  test('refuses a signature over another genesis, spec version or metadata hash', async () => {
    await withSession({}, async ({ api, pair, tx }) => {
      const alice = pair('//Alice');
      const transfer = tx('balances.transferKeepAlive', alice.address, 1n);
      const right = {
        address: alice.address,
        method: transfer.method.toHex(),
        nonce: 0,
        era: '0x00',
        blockHash: api.genesisHash.toHex(),
        genesisHash: api.genesisHash.toHex(),
        specVersion: 424,
        transactionVersion: 1,
        tip: 0,
        version: 4,
      };
      const submit = (changed: object) => {
        const payload = api.registry.createType('ExtrinsicPayload', { ...right, ...changed }, { version: 4 });
        const { signature } = payload.sign(alice);
        const signed = tx('balances.transferKeepAlive', alice.address, 1n);
        signed.addSignature(alice.address, signature, payload.toHex());
        return api.rpc.author.submitExtrinsic(signed.toHex());
      };
      const wrong = [
        { genesisHash: `0x${'11'.repeat(32)}` },
        { blockHash: `0x${'11'.repeat(32)}` },
        { specVersion: 425 },
        { transactionVersion: 2 },
        { mode: 1, metadataHash: `0x${'22'.repeat(32)}` },
      ];
      for (const changed of wrong) {
        expect(await rejection(submit(changed))).toBe(
          '1010: Invalid Transaction: Transaction has a bad signature',
        );
      }
      expect(await rejection(submit({}))).toBe('it was accepted');
    });
  });
});

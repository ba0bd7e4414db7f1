import { describe, expect, test } from '@jest/globals';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady, encodeAddress } from '@polkadot/util-crypto';
import type { LocalChainOptions } from '../../../src/localnet/chain/index.js';
import { rejection, withSession, type Session } from './chain-session.js';

const TAO = 1_000_000_000n;
const NETUID = 31;

/** The account of the pool of subnet 31. */
const POOL = encodeAddress(
  Buffer.concat([Buffer.from('modlsubtensr'), Buffer.from([NETUID, 0]), Buffer.alloc(18)]),
  42,
);

type Refused = (call: string, args: readonly unknown[], signer?: string) => Promise<string | undefined>;

/** Runs `body` with a function that says the chain's error for a call of SubtensorModule. */
async function refusals(
  options: Partial<LocalChainOptions>,
  body: (refused: Refused, session: Session) => Promise<void>,
): Promise<void> {
  await withSession(options, async (session) => {
    const { send, tx, pair } = session;
    await body(async (call, args, signer = '//Alice') => {
      const { error } = await send(tx(`subtensorModule.${call}`, ...args), pair(signer));
      return error?.replace('subtensorModule.', '');
    }, session);
  });
}

describe('registration is refused', () => {
  test('by each of its checks, whichever call asks', async () => {
    const subnets = [
      { netuid: NETUID },
      { netuid: 32, registrationAllowed: false },
      { netuid: 33, burnTao: 50 },
      { netuid: 34, maxAllowedUids: 1, immunityPeriod: 0 },
    ];
    await refusals({ genesis: { subnets } }, async (refused, { pair, send, tx }) => {
      const hotkey = pair('//hotkey').address;
      const other = pair('//other').address;
      await send(tx('balances.transferKeepAlive', pair('//poor').address, 10n * TAO), pair('//Alice'));
      await send(tx('subtensorModule.burnedRegister', NETUID, hotkey), pair('//Bob'));
      await send(tx('subtensorModule.burnedRegister', 34, hotkey), pair('//Bob'));
      const ways: ((netuid: number, who: string) => [string, unknown[]])[] = [
        (netuid, who) => ['burnedRegister', [netuid, who]],
        (netuid, who) => ['registerLimit', [netuid, who, 100n * TAO]],
        (netuid, who) => ['register', [netuid, 1, 1, '0x', who, who]],
      ];
      for (const way of ways) {
        const of = (netuid: number, who: string, signer?: string) => refused(...way(netuid, who), signer);
        expect(await of(0, other)).toBe('RegistrationNotPermittedOnRootSubnet');
        expect(await of(99, other)).toBe('SubnetNotExists');
        expect(await of(32, other)).toBe('SubNetRegistrationDisabled');
        expect(await of(NETUID, hotkey)).toBe('HotKeyAlreadyRegisteredInSubNet');
        expect(await of(33, other, '//poor')).toBe('NotEnoughBalanceToStake');
        expect(await of(NETUID, POOL)).toBe('CannotUseSystemAccount');
        expect(await of(33, hotkey)).toBe('NonAssociatedColdKey');
        expect(await of(34, other, '//Bob')).toBe('NoNeuronIdAvailable');
      }
      expect(await refused('registerLimit', [33, other, TAO])).toBe('RegistrationPriceLimitExceeded');
      expect(await refused('registerLimit', [33, other, 50n * TAO])).toBeUndefined();
    });
  });
});

describe('staking is refused', () => {
  test('by each of its checks', async () => {
    await refusals({}, async (refused, { pair, send, tx }) => {
      const hotkey = pair('//hotkey').address;
      await send(tx('subtensorModule.registerNetwork', hotkey), pair('//Alice'));
      const stake = (who: string, netuid: number, rao: bigint) => refused('addStake', [who, netuid, rao]);
      expect(await stake(hotkey, 1, 1_000_001n * TAO)).toBe('InsufficientLiquidity');
      expect(await stake(hotkey, 99, TAO)).toBe('SubnetNotExists');
      expect(await stake(hotkey, 1, TAO)).toBe('SubtokenDisabled');
      expect(await stake(hotkey, NETUID, 1_999_999n)).toBe('AmountTooLow');
      expect(await stake(hotkey, NETUID, 1_000_000n * TAO)).toBe('NotEnoughBalanceToStake');
      expect(await stake(pair('//nobody').address, NETUID, TAO)).toBe('HotKeyAccountNotExists');
      expect(await stake(hotkey, NETUID, 2_000_000n)).toBeUndefined();
    });
  });
});

describe('weights', () => {
  test('of the owner need neither permit nor stake, those of a fresh neuron wait for the rate limit', async () => {
    await cryptoWaitReady();
    const owner = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri('//owner').address;
    const subnets = [{ netuid: NETUID, ownerHotkey: owner, tempo: 300, weightsRateLimit: 4 }];
    const genesis = { stakeThresholdTao: 1_000, subnets };
    await refusals({ genesis }, async (refused, { pair, send, tx, build }) => {
      await refused('burnedRegister', [NETUID, owner]);
      await refused('burnedRegister', [NETUID, pair('//miner').address]);
      const weights = [NETUID, 0, [1], [1], 0];
      const soon = tx('subtensorModule.setMechanismWeights', ...weights);
      await send(tx('subtensorModule.burnedRegister', NETUID, pair('//last').address), pair('//Alice'));
      expect(await rejection(send(soon, pair('//last')))).toMatch(/Custom error: 1$/);
      await build(4);
      expect(await refused('setMechanismWeights', weights, '//owner')).toBeUndefined();
      expect(await rejection(send(soon, pair('//owner')))).toMatch(/Custom error: 6$/);
    });
  });

  test('for the root network are refused as commit-reveal, which is on there by default', async () => {
    await refusals({}, async (refused, { pair }) => {
      await refused('burnedRegister', [NETUID, pair('//hotkey').address]);
      expect(await refused('setWeights', [0, [0], [1], 0], '//hotkey')).toBe('CommitRevealEnabled');
    });
  });
});

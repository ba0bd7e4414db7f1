import { type Chain, createWallet, type WalletLocation } from '../chain/index.js';
import { HealthTensorError } from '../common/errors.js';
import type { Hotkey } from '../common/identifiers.js';

const RAO = 1_000_000_000n;
type KeyPair = Awaited<ReturnType<typeof createWallet>>['coldkey'];

/** A player of the demo: its wallet's place and keys. */
export interface Account {
  readonly name: string;
  readonly location: WalletLocation;
  readonly coldkey: KeyPair;
  readonly hotkey: Hotkey;
}

/** Makes a wallet in `folder` with fresh random keys. */
export async function makeAccount(folder: string, name: string): Promise<Account> {
  const location = { name, hotkey: 'default', path: folder };
  const { coldkey, hotkey } = await createWallet(location);
  return { name, location, coldkey, hotkey: hotkey.address as Hotkey };
}

/** Registers the account's hotkey and, when `stakeTao` is given, stakes on it, as its owner would with btcli. */
export async function register(chain: Chain, netuid: number, account: Account, stakeTao = 0): Promise<void> {
  const registered = await chain.registerHotkey(account.coldkey, { netuid, hotkey: account.hotkey });
  if (!registered.ok) throw refused(account, 'registration', registered);
  if (stakeTao === 0) return;
  const amountRao = BigInt(stakeTao) * RAO;
  const staked = await chain.addStake(account.coldkey, { netuid, hotkey: account.hotkey, amountRao });
  if (!staked.ok) throw refused(account, 'stake', staked);
}

function refused(
  account: Account,
  what: string,
  result: { name: string; detail: string },
): HealthTensorError {
  return new HealthTensorError(
    'DEMO_FAILED',
    `The ${what} of ${account.name} failed: ${result.name}: ${result.detail}`,
  );
}

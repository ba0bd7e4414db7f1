import { join } from 'node:path';
import {
  type Chain,
  connectChain,
  createWallet,
  type NewWallet,
  type WalletLocation,
} from '../../src/chain/index.js';
import { type Hotkey, silentLog } from '../../src/common/index.js';
import { type GenesisSubnet, startLocalChain, startLocalHub } from '../../src/localnet/index.js';

export const NETUID = 31;

/** A registered wallet, and a token of its name on the hub. */
export interface Account {
  readonly location: WalletLocation;
  readonly wallet: NewWallet;
  readonly hotkey: Hotkey;
  readonly token: string;
}

export interface LocalNet {
  readonly chainUrl: string;
  readonly hubUrl: string;
  readonly chain: Chain;
  account(name: string): Account;
  /** Commits a text under an account's hotkey; returns the block. */
  commit(name: string, text: string): Promise<number>;
  /** Stops the chain: its port is closed from now on. */
  chainDown(): Promise<void>;
  /** Starts the chain again on the same port, where it was. Only with `persistent`. */
  chainUp(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A chain with fast blocks and a hub, both in memory (the chain on disk when `persistent`), with wallets in `folder`: the named accounts are registered on
 * subnet 31 in this order, `owner` (its first neuron) as the subnet's owner, who always has a permit. Those whose name
 * begins with `stranger` get a wallet and nothing else.
 */
export async function startLocalNet(
  folder: string,
  o: { names: readonly string[]; blockMs?: number; subnet?: Partial<GenesisSubnet>; persistent?: boolean },
): Promise<LocalNet> {
  const accounts = new Map<string, Account>();
  for (const name of ['owner', ...o.names]) {
    const location = { name, hotkey: 'default', path: join(folder, 'wallets') };
    const wallet = await createWallet(location);
    const hotkey = wallet.hotkey.address as Hotkey;
    accounts.set(name, { location, wallet, hotkey, token: `hf_${name.replaceAll('-', '')}token1234` });
  }
  const account = (name: string): Account => {
    const found = accounts.get(name);
    if (found === undefined) throw new Error(`no account ${name}`);
    return found;
  };
  const owner = account('owner').wallet;
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closing.reverse()) await one();
  };
  try {
    const hub = await startLocalHub({
      port: 0,
      tokens: [
        ...[...accounts].map(([user, { token }]) => ({ token, user, role: 'write' as const })),
        { token: 'hf_readonlytoken1', user: 'reader', role: 'read' as const },
      ],
    });
    closing.push(() => hub.close());
    const startChain = (port: number) =>
      startLocalChain({
        port,
        ...(o.persistent ? { directory: join(folder, 'chain') } : {}),
        blockMs: o.blockMs ?? 40,
        genesis: {
          endow: [...accounts.values()].map(({ wallet }) => ({
            address: wallet.coldkey.address,
            tao: 10_000,
          })),
          subnets: [
            {
              netuid: NETUID,
              owner: owner.coldkey.address,
              ownerHotkey: owner.hotkey.address,
              tempo: 5,
              weightsRateLimit: 2,
              ...o.subnet,
            },
          ],
        },
      });
    let server = await startChain(0);
    const { url: chainUrl } = server;
    closing.push(() => server.close());
    const chain = await connectChain({ endpoints: [chainUrl], log: silentLog });
    closing.push(() => chain.close());
    for (const [name, { wallet, hotkey }] of accounts) {
      if (name.startsWith('stranger')) continue;
      const result = await chain.registerHotkey(wallet.coldkey, { netuid: NETUID, hotkey });
      if (!result.ok) throw new Error(`${name}: ${result.name}: ${result.detail}`);
    }
    const commit = async (name: string, text: string) => {
      const result = await chain.commit(account(name).wallet.hotkey, { netuid: NETUID, text });
      if (!result.ok) throw new Error(`${name}: ${result.name}: ${result.detail}`);
      return result.block;
    };
    const chainDown = () => server.close();
    const chainUp = async () => {
      server = await startChain(Number(new URL(chainUrl).port));
    };
    return { chainUrl, hubUrl: hub.url, chain, account, commit, chainDown, chainUp, close };
  } catch (error) {
    await close();
    throw error;
  }
}

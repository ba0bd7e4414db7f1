import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { ChainApi } from './chain-api.js';
import type { BlockState } from './block-state.js';
import { asBigInt, asRecord } from './json-shape.js';

/** What left an account in a block. */
export interface Charge {
  /** By how much its balance fell; below zero when more came in. */
  readonly totalRao: bigint;
  /** Of it the fee; undefined when the chain does not tell. */
  readonly feeRao: bigint | undefined;
}

/** What the account can spend, in rao. */
export async function readBalance(state: BlockState, address: string): Promise<bigint> {
  const account = asRecord(await state.value('system', 'account', address), 'an account');
  return asBigInt(asRecord(account['data'], 'balances')['free'], 'a balance');
}

/** The charge of a block on an account, from the states after it and after its parent. */
export async function readCharge(before: BlockState, after: BlockState, address: string): Promise<Charge> {
  const totalRao = (await readBalance(before, address)) - (await readBalance(after, address));
  let feeRao: bigint | undefined;
  for (const { event } of await after.events()) {
    if (event.section !== 'transactionPayment' || event.method !== 'TransactionFeePaid') continue;
    const { who, actualFee } = event.data as unknown as Record<string, { toString(): string }>;
    if (who?.toString() === address) feeRao = (feeRao ?? 0n) + asBigInt(actualFee?.toString(), 'a fee');
  }
  return { totalRao, feeRao };
}

/** The fee of a call, as the chain reckons it now; undefined when it does not tell. */
export async function foreseeFee(
  api: ChainApi,
  head: BlockState,
  call: SubmittableExtrinsic<'promise'>,
  address: string,
): Promise<bigint | undefined> {
  const { genesisHash, runtimeVersion } = api.now;
  const bytes = call
    .signFake(address, { blockHash: genesisHash, genesisHash, nonce: 0, runtimeVersion })
    .toU8a();
  const info = await head.call('transactionPaymentApi', 'queryInfo', bytes, bytes.length);
  return info === undefined ? undefined : asBigInt(asRecord(info, 'a fee')['partialFee'], 'a fee');
}

import { u8aToHex } from '@polkadot/util';
import { decodeAddress } from '@polkadot/util-crypto';
import type { TransactionStatus } from '../transactions/pool.js';
import { RpcError } from '../transactions/rejection.js';
import { unsubscribe, type Method, type MethodTable } from './methods.js';

const submitAndWatch: Method = (chain, parameters, connection) => {
  const hex = parameters.hex(0);
  return connection.subscribe('author_extrinsicUpdate', (notify) => {
    const listener = (status: TransactionStatus): void => notify(status);
    const hash = chain.submit(hex, listener);
    return () => chain.pool.unwatch(hash, listener);
  });
};

/** No SS58 address is longer. Decoding base58 takes time that grows with the square of the length. */
const MAX_ADDRESS_LENGTH = 64;

/** The nonce after everything of the account that is ready in the pool. */
const accountNextIndex: Method = (chain, parameters) => {
  const address = parameters.text(0);
  let account: string;
  try {
    if (address.length > MAX_ADDRESS_LENGTH) throw new RangeError('too long for an address');
    const publicKey = decodeAddress(address);
    if (publicKey.length !== 32) throw new RangeError('no public key of an account');
    account = u8aToHex(publicKey);
  } catch {
    throw new RpcError(
      -32602,
      'Invalid params',
      `expected an SS58 address but received ${address.slice(0, 100)}`,
    );
  }
  return chain.pool.nextNonce(account, chain.stateAt(chain.head.header.number));
};

export const AUTHOR_METHODS: MethodTable = {
  author_submitExtrinsic: (chain, parameters) => chain.submit(parameters.hex(0)),
  author_submitAndWatchExtrinsic: submitAndWatch,
  author_unwatchExtrinsic: unsubscribe,
  author_pendingExtrinsics: (chain) => chain.pool.pending(),
  system_accountNextIndex: accountNextIndex,
  account_nextIndex: accountNextIndex,
};

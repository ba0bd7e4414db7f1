import { u8aToHex } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import type { LocalChain } from '../chain.js';
import { RUNTIME_VERSION } from '../metadata/runtime-version.js';
import { callRuntimeApi } from '../runtime-apis/runtime-call.js';
import { unsubscribe, type Method, type MethodTable } from './methods.js';
import { blockNumberOf, type Parameters } from './parameters.js';

/** Keys of one page at most, as a node limits it. */
const PAGE_LIMIT = 1000;

function valueAt(chain: LocalChain, key: string, hash: string | undefined): string | null {
  return chain.store.at(blockNumberOf(chain, hash)).get(key) ?? null;
}

const getStorage: Method = (chain, parameters) =>
  valueAt(chain, parameters.hex(0), parameters.optionalHex(1));

const getStorageHash: Method = (chain, parameters) => {
  const value = valueAt(chain, parameters.hex(0), parameters.optionalHex(1));
  return value === null ? null : blake2AsHex(value, 256);
};

const getStorageSize: Method = (chain, parameters) => {
  const value = valueAt(chain, parameters.hex(0), parameters.optionalHex(1));
  return value === null ? null : (value.length - 2) / 2;
};

const queryStorageAt: Method = (chain, parameters) => {
  const keys = parameters.hexList(0);
  const number = blockNumberOf(chain, parameters.optionalHex(1));
  const state = chain.store.at(number);
  return [{ block: chain.block(number)?.hash, changes: keys.map((key) => [key, state.get(key) ?? null]) }];
};

const getKeys: Method = (chain, parameters) =>
  chain.store.keys(parameters.hex(0), blockNumberOf(chain, parameters.optionalHex(1)));

const getKeysPaged: Method = (chain, parameters) => {
  const prefix = parameters.optionalHex(0) ?? '0x';
  const count = parameters.whole(1, PAGE_LIMIT);
  const after = parameters.optionalHex(2);
  const keys = chain.store.keys(prefix, blockNumberOf(chain, parameters.optionalHex(3)));
  const from = after === undefined ? 0 : keys.findIndex((key) => key > after);
  return from < 0 ? [] : keys.slice(from, from + count);
};

/** The values now, then those that change, block by block. */
const subscribeStorage: Method = (chain, parameters, connection) => {
  const keys = parameters.hexList(0);
  return connection.subscribe('state_storage', (notify) => {
    const state = chain.store.at(chain.head.header.number);
    notify({ block: chain.head.hash, changes: keys.map((key) => [key, state.get(key) ?? null]) });
    return chain.onBlock((block, changed) => {
      const changes = keys.filter((key) => changed.has(key)).map((key) => [key, changed.get(key) ?? null]);
      if (changes.length > 0) notify({ block: block.hash, changes });
    });
  });
};

/** The version never changes while the chain runs: it is told once. */
const subscribeRuntimeVersion: Method = (_chain, _parameters, connection) =>
  connection.subscribe('state_runtimeVersion', (notify) => {
    notify(runtimeVersion());
    return () => undefined;
  });

function runtimeVersion(): Record<string, unknown> {
  return { ...RUNTIME_VERSION, stateVersion: RUNTIME_VERSION.systemVersion };
}

const stateCall: Method = (chain: LocalChain, parameters: Parameters) => {
  const number = blockNumberOf(chain, parameters.optionalHex(2));
  return u8aToHex(callRuntimeApi(chain, number, parameters.text(0), parameters.hex(1)));
};

/** A node answers with version 14 here, whatever newer ones its runtime has. */
const getMetadata: Method = (chain) => u8aToHex(chain.metadata.encoded[14]);

export const STATE_METHODS: MethodTable = {
  state_getStorage: getStorage,
  state_getStorageAt: getStorage,
  state_getStorageHash: getStorageHash,
  state_getStorageHashAt: getStorageHash,
  state_getStorageSize: getStorageSize,
  state_getStorageSizeAt: getStorageSize,
  state_queryStorageAt: queryStorageAt,
  state_getKeys: getKeys,
  state_getKeysPaged: getKeysPaged,
  state_getKeysPagedAt: getKeysPaged,
  state_getMetadata: getMetadata,
  state_getRuntimeVersion: () => runtimeVersion(),
  chain_getRuntimeVersion: () => runtimeVersion(),
  state_call: stateCall,
  state_callAt: stateCall,
  state_subscribeStorage: subscribeStorage,
  state_unsubscribeStorage: unsubscribe,
  state_subscribeRuntimeVersion: subscribeRuntimeVersion,
  state_unsubscribeRuntimeVersion: unsubscribe,
  chain_subscribeRuntimeVersion: subscribeRuntimeVersion,
  chain_unsubscribeRuntimeVersion: unsubscribe,
};

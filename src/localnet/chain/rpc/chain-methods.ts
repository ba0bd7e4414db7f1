import { headerToJson, type Block } from '../blocks/block.js';
import type { LocalChain } from '../chain.js';
import type { Connection } from './connection.js';
import { unsubscribe, type Method, type MethodTable } from './methods.js';
import type { Parameters } from './parameters.js';

const MAX_BLOCK_NUMBER = 2 ** 32 - 1;

function blockOf(chain: LocalChain, parameters: Parameters): Block | undefined {
  const hash = parameters.optionalHex(0);
  return hash === undefined ? chain.head : chain.blockByHash(hash);
}

/** Hash by number, several for several numbers, the head's for none; null for a block that is not there. */
const getBlockHash: Method = (chain, parameters) => {
  const asked = parameters.raw(0);
  if (asked === undefined) return chain.head.hash;
  if (Array.isArray(asked)) {
    return asked.map((_, i) => hashAt(chain, parameters.list(0).whole(i, MAX_BLOCK_NUMBER)));
  }
  return hashAt(chain, parameters.whole(0, MAX_BLOCK_NUMBER));
};

function hashAt(chain: LocalChain, number: number): string | null {
  return number === 0 ? chain.genesisHash : (chain.block(number)?.hash ?? null);
}

const getHeader: Method = (chain, parameters) => {
  const block = blockOf(chain, parameters);
  return block === undefined ? null : headerToJson(block.header);
};

const getBlock: Method = (chain, parameters) => {
  const block = blockOf(chain, parameters);
  if (block === undefined) return null;
  return {
    block: { header: headerToJson(block.header), extrinsics: block.extrinsics },
    justifications: null,
  };
};

/** The present head first, then every new one. */
function subscribeHeads(notification: string, current: (chain: LocalChain) => Block): Method {
  return (chain: LocalChain, _parameters: Parameters, connection: Connection) =>
    connection.subscribe(notification, (notify) => {
      notify(headerToJson(current(chain).header));
      return chain.onBlock(() => notify(headerToJson(current(chain).header)));
    });
}

const subscribeNewHeads = subscribeHeads('chain_newHead', (chain) => chain.head);
const subscribeFinalizedHeads = subscribeHeads('chain_finalizedHead', (chain) => chain.finalized);

export const CHAIN_METHODS: MethodTable = {
  chain_getBlockHash: getBlockHash,
  chain_getHead: getBlockHash,
  chain_getHeader: getHeader,
  chain_getBlock: getBlock,
  chain_getFinalizedHead: (chain) => chain.finalized.hash,
  chain_getFinalisedHead: (chain) => chain.finalized.hash,
  chain_subscribeNewHead: subscribeNewHeads,
  chain_subscribeNewHeads: subscribeNewHeads,
  chain_unsubscribeNewHead: unsubscribe,
  chain_unsubscribeNewHeads: unsubscribe,
  chain_subscribeAllHeads: subscribeHeads('chain_allHead', (chain) => chain.head),
  chain_unsubscribeAllHeads: unsubscribe,
  chain_subscribeFinalizedHeads: subscribeFinalizedHeads,
  chain_subscribeFinalisedHeads: subscribeFinalizedHeads,
  chain_unsubscribeFinalizedHeads: unsubscribe,
  chain_unsubscribeFinalisedHeads: unsubscribe,
};

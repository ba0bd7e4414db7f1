import { blake2AsHex } from '@polkadot/util-crypto';
import { ChainApi } from '../../../src/chain/chain-api.js';
import { asArray, asHex, asRecord } from '../../../src/chain/json-shape.js';
import { RpcSocket } from '../../../src/chain/rpc-socket.js';

/** Something that happened on the chain. */
export interface Happening {
  readonly block: number;
  /** `pallet.Event`. */
  readonly name: string;
  /** Of the extrinsic that made it happen, 0x hex; undefined for what the block itself does. */
  readonly hash: string | undefined;
}

/** Every event of these names in the chain's own record, from block `from` to its head. */
export async function chainRecord(url: string, names: readonly string[], from = 1): Promise<Happening[]> {
  const socket = await RpcSocket.open({ endpoints: [url], connectTimeoutMs: 5_000, requestTimeoutMs: 5_000 });
  try {
    const api = await ChainApi.open(socket);
    const { number: last } = (await api.head()).block;
    const found: Happening[] = [];
    for (let block = from; block <= last; block++) {
      const at = String(await socket.request('chain_getBlockHash', [block]));
      const events = [...(await (await api.at(at)).events())].filter(({ event }) =>
        names.includes(`${event.section}.${event.method}`),
      );
      if (events.length === 0) continue;
      const answer = asRecord(await socket.request('chain_getBlock', [at]), 'a block');
      const extrinsics = asArray(asRecord(answer['block'], 'a block')['extrinsics'], 'extrinsics');
      for (const { event, phase } of events) {
        const bytes = phase.isApplyExtrinsic ? extrinsics[phase.asApplyExtrinsic.toNumber()] : undefined;
        const hash = bytes === undefined ? undefined : blake2AsHex(asHex(bytes, 'an extrinsic'));
        found.push({ block, name: `${event.section}.${event.method}`, hash });
      }
    }
    return found;
  } finally {
    await socket.close();
  }
}

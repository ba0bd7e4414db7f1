import { hexToU8a } from '@polkadot/util';
import { CALL_WEIGHT } from '../blocks/block-execution.js';
import { callRules } from '../calls/call-table.js';
import { epochSchedule, nextEpochBlock } from '../calls/subtensor/epoch-schedule.js';
import type { LocalChain } from '../chain.js';
import { METADATA_VERSIONS } from '../metadata/build-metadata.js';
import { RUNTIME_APIS } from '../metadata/runtime-apis.js';
import { RUNTIME_VERSION } from '../metadata/runtime-version.js';
import { parseFields } from '../metadata/type-table.js';
import { SubtensorItems, SystemItems, type Account } from '../state/items.js';
import type { StorageReader } from '../state/storage.js';
import { decodeExtrinsic } from '../transactions/extrinsic.js';
import { TRANSACTION_FEE_RAO } from '../transactions/fees.js';
import { RpcError } from '../transactions/rejection.js';
import { neuronsLite, selectiveMetagraph } from './metagraph.js';

/** What an API reads: the chain and the state after one block. */
interface ApiContext {
  readonly chain: LocalChain;
  readonly storage: StorageReader;
  readonly block: number;
}

type Handler = (context: ApiContext, args: readonly unknown[]) => unknown;

function metadataBytes({ chain }: ApiContext, version: unknown): Uint8Array | undefined {
  const known = METADATA_VERSIONS.find((one) => one === version);
  return known === undefined ? undefined : chain.metadata.encoded[known];
}

function version(): unknown {
  return {
    spec_name: RUNTIME_VERSION.specName,
    impl_name: RUNTIME_VERSION.implName,
    authoring_version: RUNTIME_VERSION.authoringVersion,
    spec_version: RUNTIME_VERSION.specVersion,
    impl_version: RUNTIME_VERSION.implVersion,
    apis: RUNTIME_VERSION.apis,
    transaction_version: RUNTIME_VERSION.transactionVersion,
    system_version: RUNTIME_VERSION.systemVersion,
  };
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  Core_version: version,
  Metadata_metadata: (context) => toHex(metadataBytes(context, 14)),
  Metadata_metadata_at_version: (context, [asked]) => toHex(metadataBytes(context, asked)),
  Metadata_metadata_versions: () => METADATA_VERSIONS,
  AccountNonceApi_account_nonce: ({ storage }, [who]) =>
    storage.get(SystemItems.account, who as Account).nonce,
  NeuronInfoRuntimeApi_get_neurons_lite: ({ storage }, [netuid]) => neuronsLite(storage, netuid as number),
  SubnetInfoRuntimeApi_get_selective_metagraph: ({ storage, block }, [netuid, indices]) =>
    selectiveMetagraph(storage, block, netuid as number, indices as readonly number[]),
  SubnetInfoRuntimeApi_get_next_epoch_start_block: ({ storage }, [netuid]) =>
    storage.get(SubtensorItems.networksAdded, netuid as number)
      ? nextEpochBlock(epochSchedule(storage, netuid as number))
      : undefined,
};

/** APIs whose argument is an extrinsic: its bytes come first and are followed by their count, a u32. */
const FEE_HANDLERS: Readonly<Record<string, (pays: boolean, dispatchClass: string) => unknown>> = {
  TransactionPaymentApi_query_info: (pays, dispatchClass) => ({
    weight: CALL_WEIGHT,
    class: { type: dispatchClass },
    partial_fee: pays ? TRANSACTION_FEE_RAO : 0n,
  }),
  TransactionPaymentApi_query_fee_details: (pays) => ({
    inclusion_fee: pays ? { base_fee: TRANSACTION_FEE_RAO, len_fee: 0n, adjusted_weight_fee: 0n } : undefined,
    tip: 0n,
  }),
};

/** Carries out `state_call`: arguments and result are SCALE, typed by the metadata. Throws RpcError. */
export function callRuntimeApi(
  chain: LocalChain,
  block: number,
  method: string,
  argsHex: string,
): Uint8Array {
  const separator = method.indexOf('_');
  const description = RUNTIME_APIS[method.slice(0, separator)]?.methods[method.slice(separator + 1)];
  if (description === undefined) {
    throw new RpcError(4003, `Client error: Execution failed: Exported method ${method} is not found`);
  }
  const [inputs, output] = description;
  const { codec, typeId } = chain.metadata;
  try {
    const fees = FEE_HANDLERS[method];
    if (fees !== undefined) {
      const extrinsic = decodeExtrinsic(argsHex.slice(0, -8), chain.metadata);
      const rules = callRules(extrinsic.call);
      return codec.encode(typeId(output), fees(rules?.pays ?? true, rules?.class ?? 'Normal'));
    }
    const types = parseFields(inputs).map(({ type }) => type);
    const tuple = types.length === 1 ? (types[0] ?? '') : `(${types.join(', ')})`;
    const decoded = codec.decode(typeId(tuple), hexToU8a(argsHex));
    const args = types.length === 1 ? [decoded] : (decoded as readonly unknown[]);
    const context: ApiContext = { chain, block, storage: chain.stateAt(block) };
    return codec.encode(typeId(output), HANDLERS[method]?.(context, args));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new RpcError(4003, `Client error: Execution failed: ${method}: ${detail}`);
  }
}

function toHex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : `0x${Buffer.from(bytes).toString('hex')}`;
}

import {
  type Chain,
  type Commitment,
  connectChain,
  type Hyperparameters,
  type Neuron,
} from '../../chain/index.js';
import { type Hotkey, type RepoId, type Revision, throwIfAborted, type Verdict } from '../../common/index.js';
import { type Hub, MAX_CONFIG_BYTES, MODEL_FILES, type RemoteFile } from '../../hub/index.js';
import { MAX_WEIGHTS_BYTES } from '../model-gates.js';
import { mapConcurrently } from '../concurrency.js';

/** A node that does not answer in this time is out of reach. */
const CHAIN_TIMEOUT_MS = 15_000;
/** For two questions to the hub. */
const LOOK_TIMEOUT_MS = 30_000;
const AT_ONCE = 8;

/** What a validator pays a miner, as the chain shows it. */
export interface Payer {
  readonly uid: number;
  /** Part of all the weight it gives, 0 to 1. */
  readonly share: number;
}

/** What the chain tells of one hotkey, at its head. */
export interface ChainStanding {
  readonly endpoint: string;
  readonly block: number;
  readonly netuid: number;
  readonly hotkey: Hotkey;
  /** Undefined when it is not registered. */
  readonly own: Neuron | undefined;
  readonly commitment: Commitment | undefined;
  readonly hyperparameters: Hyperparameters;
  /** Validators that give it weight, and those that set any weights at all. */
  readonly payers: readonly Payer[];
  readonly setters: number;
}

/** @throws HealthTensorError when the chain is out of reach or has no such subnet */
export async function readChainStanding(o: {
  endpoints: readonly string[];
  netuid: number;
  hotkey: Hotkey;
  signal?: AbortSignal;
}): Promise<ChainStanding> {
  const { endpoints, netuid, hotkey, signal } = o;
  const chain = await connectChain({ endpoints, timeoutMs: CHAIN_TIMEOUT_MS, ...(signal ? { signal } : {}) });
  try {
    const [metagraph, hyperparameters] = await Promise.all([
      chain.metagraph(netuid),
      chain.hyperparameters(netuid),
    ]);
    const commitments = await chain.commitments(netuid, metagraph.blockHash);
    const own = metagraph.neurons.find((neuron) => neuron.hotkey === hotkey);
    const rows = await mapConcurrently(
      metagraph.neurons.filter(({ validatorPermit }) => validatorPermit),
      AT_ONCE,
      async ({ uid }) => {
        throwIfAborted(signal);
        return { uid, weights: await chain.weights(netuid, uid) };
      },
    );
    const setters = rows.filter(({ weights }) => weights.length > 0);
    return {
      endpoint: chain.endpoint,
      block: metagraph.block,
      netuid,
      hotkey,
      own,
      commitment: commitments.find((commitment) => commitment.hotkey === hotkey),
      hyperparameters,
      payers: own === undefined ? [] : setters.flatMap((row) => payerOf(row, own.uid)),
      setters: setters.length,
    };
  } finally {
    await chain.close();
  }
}

function payerOf(
  { uid, weights }: { uid: number; weights: Awaited<ReturnType<Chain['weights']>> },
  to: number,
): Payer[] {
  const total = weights.reduce((sum, [, value]) => sum + value, 0);
  const value = weights.find(([target]) => target === to)?.[1] ?? 0;
  return value > 0 ? [{ uid, share: value / total }] : [];
}

/** What a validator finds of a revision before it downloads anything: its verdict, or the files' sizes and hashes. */
export function lookAtRevision(
  hub: Pick<Hub, 'lookUp'>,
  o: { repo: RepoId; revision: Revision; signal?: AbortSignal },
): Promise<Verdict<{ files: RemoteFile[] }>> {
  return hub.lookUp({
    type: 'model',
    deadlineMs: LOOK_TIMEOUT_MS,
    ...o,
    files: [
      { path: MODEL_FILES.config, maxBytes: MAX_CONFIG_BYTES },
      { path: MODEL_FILES.weights, maxBytes: MAX_WEIGHTS_BYTES },
    ],
  });
}

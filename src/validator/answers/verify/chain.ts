import { type Chain, connectChain, type Metagraph } from '../../../chain/index.js';
import { messageOf } from '../../../common/index.js';
import type { RoundReport } from '../../report.js';
import { type Check, failed, notChecked, passed, warned } from '../check.js';
import { commitmentsCheck } from './commitments.js';

/** A node that does not answer in this time is out of reach. */
const CHAIN_TIMEOUT_MS = 15_000;
const OTHER_CHAIN =
  'Is it the right chain (--subtensor.network, --subtensor.chain_endpoint)? Otherwise ask the validator.';

/**
 * Whether the chain has the blocks that the report names with those hashes, knows the validator, and has the commitments that
 * were judged.
 * @throws the signal's reason
 */
export async function chainChecks(
  report: RoundReport,
  o: { endpoints: readonly string[]; signal?: AbortSignal },
): Promise<Check[]> {
  const { endpoints, signal } = o;
  try {
    const chain = await connectChain({
      endpoints,
      timeoutMs: CHAIN_TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    });
    try {
      const metagraph = await chain.metagraph(report.netuid);
      const commitments = await chain.commitments(report.netuid, metagraph.blockHash);
      return [
        await hashesCheck(report, chain),
        validatorCheck(report, metagraph),
        commitmentsCheck(report, metagraph.neurons, commitments),
      ];
    } finally {
      await chain.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    return [notChecked('chain', error)];
  }
}

async function hashesCheck({ block, blockHash, samples }: RoundReport, chain: Chain): Promise<Check> {
  const named = [{ block, blockHash }, ...samples];
  for (const one of named) {
    const hash = await chain.blockHash(one.block).catch((error: unknown) => messageOf(error));
    if (hash === one.blockHash) continue;
    const text = `block ${one.block} of the chain: ${hash}, in the report ${one.blockHash}`;
    return failed('block-hashes', 'OTHER_BLOCK', text, OTHER_CHAIN);
  }
  return passed('block-hashes', `${named.length} block(s) have the hashes that drew the images`);
}

function validatorCheck({ validator, netuid }: RoundReport, metagraph: Metagraph): Check {
  const own = metagraph.neurons.find(({ hotkey }) => hotkey === validator);
  if (own?.validatorPermit)
    return passed('validator', `${validator}, uid ${own.uid} of subnet ${netuid}, has a validator permit`);
  const what = own === undefined ? 'is not registered' : 'has no validator permit';
  const remedy = 'It may have had one when it wrote the report; its weights do not count now.';
  return warned('validator', `${validator} ${what} on subnet ${netuid}`, remedy);
}

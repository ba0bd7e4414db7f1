import { silentLog } from '../../src/common/index.js';
import { Comparisons } from '../../src/validator/comparisons.js';
import { EvaluationData } from '../../src/validator/evaluation-data.js';
import { Grace } from '../../src/validator/grace.js';
import type { RoundContext } from '../../src/validator/round.js';
import { VALIDATOR_DEFAULTS, type ValidatorSettings } from '../../src/validator/settings.js';
import { type LocalNet, NETUID } from '../support/local-net.js';

/** What a round needs on a local net, whose owner is the validator. */
export function roundContext(
  net: LocalNet,
  o: Pick<RoundContext, 'store' | 'models' | 'evaluator'> & {
    readonly dataset: { readonly path: string; readonly cacheDirectory: string };
    readonly screens?: boolean;
    readonly settings?: Partial<ValidatorSettings>;
  },
): RoundContext {
  const { store, models, evaluator, dataset } = o;
  const { hotkey, location } = net.account('owner');
  return {
    ...{ store, models, evaluator },
    chain: net.chain,
    ownHotkey: hotkey,
    grace: new Grace(),
    data: new EvaluationData(dataset, silentLog),
    screens: o.screens ?? false,
    comparisons: new Comparisons(store.evaluations),
    settings: {
      ...VALIDATOR_DEFAULTS,
      netuid: NETUID,
      endpoints: [net.chainUrl],
      wallet: location,
      device: { kind: 'cpu', threads: 1 },
      hub: { endpoint: net.hubUrl, token: undefined },
      dataset,
      ...o.settings,
    },
    log: silentLog,
  };
}

/** A block to come: everything that was committed is older than it. */
export async function nextBlock(net: LocalNet): Promise<number> {
  const block = (await net.chain.blockNumber()) + 1;
  await net.chain.waitForBlock(block);
  return block;
}

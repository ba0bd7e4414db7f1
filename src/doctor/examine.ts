import { connectChain, type KeyOpening } from '../chain/index.js';
import { silentLog } from '../common/index.js';
import { Hub } from '../hub/index.js';
import { type ChainFacts, chainFindings, clockFinding } from './chain-findings.js';
import { dataFinding, linkFinding } from './data-findings.js';
import { failed, type Finding, forRole, notChecked, ok } from './finding.js';
import { hubFindings } from './hub-findings.js';
import { isolationFinding } from './isolation-finding.js';
import { diskFinding, engineFindings, nodeFinding, roomOf } from './machine.js';
import { revealFinding } from './reveal-finding.js';
import type { DoctorSettings } from './settings.js';
import { lookAtWallet } from './wallet-finding.js';

/** A node that does not answer in this time will not serve a validator either. */
const CHAIN_TIMEOUT_MS = 15_000;
const CHAIN_CHECKS = ['clock', 'subnet', 'registration'] as const;

/**
 * Looks at everything that a miner or validator with these settings needs, changes nothing, and never throws for what it
 * finds: a failed check is a finding.
 * @param o.opening how an encrypted hotkey is opened; without, it is only looked at
 * @throws the signal's reason when aborted
 */
export async function examine(
  settings: DoctorSettings,
  { signal, opening }: { signal?: AbortSignal; opening?: KeyOpening } = {},
): Promise<Finding[]> {
  const [engine, isolation, rooms, wallet, hub, data, reveals] = await Promise.all([
    engineFindings(settings.device),
    isolationFinding(settings.isolation),
    roomOf(settings.folders),
    lookAtWallet(settings.wallet, { signal, opening }),
    lookAtHub(settings, signal),
    dataFinding({ ...settings.dataset, ...(signal ? { signal } : {}) }),
    revealFinding(settings.reveals),
  ]);
  const chain = await lookAtChain(settings, wallet.hotkey, signal);
  signal?.throwIfAborted();
  const findings = [
    await nodeFinding(),
    ...engine,
    isolation,
    ...rooms.map(diskFinding),
    data,
    wallet.finding,
    ...chain,
    reveals,
    ...hub,
  ];
  return forRole(findings, settings.role);
}

async function lookAtHub(settings: DoctorSettings, signal?: AbortSignal): Promise<Finding[]> {
  const { endpoint, token, repo } = settings.hub;
  const { link } = settings.dataset;
  const hub = new Hub({ endpoint, log: silentLog, ...(token === undefined ? {} : { token }) });
  try {
    const abort = signal ? { signal } : {};
    const found = await hubFindings(hub, { token, repo, ...abort });
    return link === undefined ? found : [...found, await linkFinding(hub, { link, ...abort })];
  } finally {
    await hub.close();
  }
}

async function lookAtChain(
  settings: DoctorSettings,
  hotkey: string | undefined,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const { endpoints, network, netuid } = settings;
  let connection: Finding | undefined;
  try {
    const chain = await connectChain({
      endpoints,
      timeoutMs: CHAIN_TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    });
    try {
      const subnet = await chain.subnetFacts(netuid);
      connection = ok('chain', `${chain.endpoint}, block ${subnet.block}, spec ${subnet.specVersion}`);
      const clock = clockFinding(subnet.blockTimeMs, Date.now());
      const [hyperparameters, metagraph] = await Promise.all([
        chain.hyperparameters(netuid),
        chain.metagraph(netuid),
      ]);
      const own = metagraph.neurons.find((neuron) => neuron.hotkey === hotkey);
      const facts: ChainFacts = { network, netuid, subnet, hyperparameters, own };
      const found = chainFindings(facts, settings).filter(
        ({ check }) => hotkey !== undefined || check !== 'registration',
      );
      const unknown = hotkey === undefined ? [notChecked('registration', 'the hotkey is not known')] : [];
      return [connection, clock, ...found, ...unknown];
    } finally {
      await chain.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    // What failed after the connection was there is a question about the subnet.
    if (connection !== undefined) return [connection, failed('subnet', error)];
    return [
      failed('chain', error),
      ...CHAIN_CHECKS.map((check) => notChecked(check, 'the chain is out of reach')),
    ];
  }
}

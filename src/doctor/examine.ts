import { connectChain, loadHotkey } from '../chain/index.js';
import { Log, silentLog } from '../common/index.js';
import { Hub } from '../hub/index.js';
import { type ChainFacts, chainFindings, clockFinding } from './chain-findings.js';
import { dataFinding } from './data-findings.js';
import { failed, type Finding, forRole, notChecked, ok, warning } from './finding.js';
import { hubFindings } from './hub-findings.js';
import { diskFinding, engineFindings, nodeFinding, roomOf } from './machine.js';
import type { DoctorSettings } from './settings.js';

/** A node that does not answer in this time will not serve a validator either. */
const CHAIN_TIMEOUT_MS = 15_000;
const CHAIN_CHECKS = ['clock', 'subnet', 'registration'] as const;

/**
 * Looks at everything that a miner or validator with these settings needs, changes nothing, and never throws for what it
 * finds: a failed check is a finding.
 * @throws the signal's reason when aborted
 */
export async function examine(settings: DoctorSettings, signal?: AbortSignal): Promise<Finding[]> {
  const [engine, rooms, wallet, hub, data] = await Promise.all([
    engineFindings(settings.device),
    roomOf(settings.folders),
    walletFinding(settings),
    lookAtHub(settings, signal),
    dataFinding({ ...settings.dataset, ...(signal ? { signal } : {}) }),
  ]);
  const chain = await lookAtChain(settings, wallet.hotkey, signal);
  signal?.throwIfAborted();
  const findings = [
    await nodeFinding(),
    ...engine,
    ...rooms.map(diskFinding),
    data,
    wallet.finding,
    ...chain,
    ...hub,
  ];
  return forRole(findings, settings.role);
}

async function walletFinding({ wallet }: DoctorSettings): Promise<{ finding: Finding; hotkey?: string }> {
  const said: string[] = [];
  const log = new Log({
    level: 'WARNING',
    write: (line) => said.push(line.split(' | ').slice(2).join(' | ').trim()),
  });
  try {
    const { address } = await loadHotkey(wallet, { log });
    const text = `hotkey ${address} (${wallet.name}/${wallet.hotkey})`;
    const finding = said.length === 0 ? ok('wallet', text) : warning('wallet', text, said.join(' '));
    return { finding, hotkey: address };
  } catch (error) {
    return { finding: failed('wallet', error) };
  }
}

async function lookAtHub(settings: DoctorSettings, signal?: AbortSignal): Promise<Finding[]> {
  const { endpoint, token, repo } = settings.hub;
  const hub = new Hub({ endpoint, log: silentLog, ...(token === undefined ? {} : { token }) });
  try {
    return await hubFindings(hub, { token, repo, ...(signal ? { signal } : {}) });
  } finally {
    await hub.close();
  }
}

async function lookAtChain(
  settings: DoctorSettings,
  hotkey: string | undefined,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const { endpoint, network, netuid } = settings;
  let connection: Finding | undefined;
  try {
    const chain = await connectChain({
      endpoint,
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

import { axonOf } from './axon.js';
import type { BlockState } from './block-state.js';
import { asArray, asRecord } from './json-shape.js';
import type { Neuron } from './metagraph.js';
import { blockOf, coldkeyOf, hotkeyOf, shareOf, taoOf, uidOf } from './neuron-fields.js';

/** The older runtime call, plus the registration blocks from storage; undefined when this runtime lacks it. */
export async function neuronsFromLite(state: BlockState, netuid: number): Promise<Neuron[] | undefined> {
  const answer = await state.call('neuronInfoRuntimeApi', 'getNeuronsLite', netuid);
  if (answer === undefined) return undefined;
  const rows = asArray(answer, 'the neurons').map((row) => asRecord(row, 'a neuron'));
  const registered = await state.values(
    rows.map(({ uid }) => ['subtensorModule', 'blockAtRegistration', netuid, uidOf(uid)] as const),
  );
  return rows.map((row, index) => ({
    uid: uidOf(row['uid']),
    hotkey: hotkeyOf(row['hotkey']),
    coldkey: coldkeyOf(row['coldkey']),
    stakeTao: asArray(row['stake'] ?? [], 'stake')
      .map((pair) => taoOf(asArray(pair, 'a stake')[1]))
      .reduce((sum, tao) => sum + tao, 0),
    validatorPermit: row['validatorPermit'] === true,
    lastUpdate: blockOf(row['lastUpdate']),
    registrationBlock: blockOf(registered[index]),
    active: row['active'] === true,
    incentive: shareOf(row['incentive']),
    emission: taoOf(row['emission']),
    axon: axonOf(row['axonInfo']),
  }));
}

import { axonOf } from './axon.js';
import type { BlockState } from './block-state.js';
import { asArray, asNumber, asRecord } from './json-shape.js';
import type { Neuron } from './metagraph.js';
import { activityOf, blockOf, coldkeyOf, hotkeyOf, taoOf, uidOf } from './neuron-fields.js';

/**
 * What to send: the API's own numbers for its fields (subtensor rpc_info/metagraph.rs, SelectiveMetagraphIndex). They
 * are arguments, not positions in anything decoded: the answer is read by field name.
 */
const WANTED = {
  numUids: 30,
  hotkeys: 52,
  coldkeys: 53,
  axons: 55,
  active: 56,
  validatorPermit: 57,
  lastUpdate: 59,
  emission: 60,
  incentives: 62,
  blockAtRegistration: 66,
  alphaStake: 67,
  totalStake: 69,
} as const;

/** One runtime call for the whole subnet; undefined when this runtime lacks it. */
export async function neuronsFromSelective(state: BlockState, netuid: number): Promise<Neuron[] | undefined> {
  const answer = await state.call(
    'subnetInfoRuntimeApi',
    'getSelectiveMetagraph',
    netuid,
    Object.values(WANTED),
  );
  if (answer === undefined || answer === null) return undefined;
  const metagraph = asRecord(answer, 'the metagraph');
  const column = (name: keyof typeof WANTED): readonly unknown[] | undefined => {
    const value = metagraph[name];
    return value === null || value === undefined ? undefined : asArray(value, name);
  };
  const hotkeys = column('hotkeys');
  const coldkeys = column('coldkeys');
  const registered = column('blockAtRegistration');
  const stake = column('totalStake') ?? column('alphaStake');
  // Without these a neuron is not known; another source may have them.
  if (hotkeys === undefined || coldkeys === undefined || registered === undefined || stake === undefined)
    return undefined;
  const expected = asNumber(metagraph['numUids'] ?? hotkeys.length, 'numUids');
  if ([hotkeys, coldkeys, registered, stake].some(({ length }) => length !== expected)) return undefined;
  const axons = column('axons');
  const activity = {
    permits: column('validatorPermit'),
    updates: column('lastUpdate'),
    active: column('active'),
    incentives: column('incentives'),
    emission: column('emission'),
  };
  return hotkeys.map((hotkey, index) => ({
    uid: uidOf(index),
    hotkey: hotkeyOf(hotkey),
    coldkey: coldkeyOf(coldkeys[index]),
    stakeTao: taoOf(stake[index]),
    registrationBlock: blockOf(registered[index]),
    axon: axonOf(axons?.[index]),
    ...activityOf(activity, index),
  }));
}

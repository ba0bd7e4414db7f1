import { axonOf } from './axon.js';
import type { BlockState } from './block-state.js';
import { asArray, asNumber } from './json-shape.js';
import type { Neuron } from './metagraph.js';
import { activityOf, blockOf, coldkeyOf, hotkeyOf, taoOf, uidOf } from './neuron-fields.js';

/** The subnet from plain storage, for runtimes whose metadata describes no runtime APIs; the stake is alpha only. */
export async function neuronsFromStorage(state: BlockState, netuid: number): Promise<Neuron[]> {
  const pallet = 'subtensorModule';
  const [count, ...rows] = await state.values(
    ['subnetworkN', 'validatorPermit', 'lastUpdate', 'active', 'incentive', 'emission'].map(
      (item) => [pallet, item, netuid] as const,
    ),
  );
  const neurons = asNumber(count, 'SubnetworkN');
  const [permits, updates, active, incentives, emission] = rows.map((row) => asArray(row ?? [], 'a column'));
  const activity = { permits, updates, active, incentives, emission };
  const uids = Array.from({ length: neurons }, (_, uid) => uidOf(uid));
  const hotkeys = (await state.values(uids.map((uid) => [pallet, 'keys', netuid, uid] as const))).map(
    hotkeyOf,
  );
  const registered = await state.values(
    uids.map((uid) => [pallet, 'blockAtRegistration', netuid, uid] as const),
  );
  const owners = await state.values(hotkeys.map((hotkey) => [pallet, 'owner', hotkey] as const));
  const alpha = await state.values(
    hotkeys.map((hotkey) => [pallet, 'totalHotkeyAlpha', hotkey, netuid] as const),
  );
  const axons = await state.values(hotkeys.map((hotkey) => [pallet, 'axons', netuid, hotkey] as const));
  return uids.map((uid, index) => ({
    uid,
    hotkey: hotkeys[index] as (typeof hotkeys)[number],
    coldkey: coldkeyOf(owners[index]),
    stakeTao: taoOf(alpha[index]),
    registrationBlock: blockOf(registered[index]),
    axon: axonOf(axons[index]),
    ...activityOf(activity, index),
  }));
}

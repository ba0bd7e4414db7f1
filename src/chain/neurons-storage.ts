import { asArray, asNumber } from './json-shape.js';
import type { Neuron } from './metagraph.js';
import { blockOf, coldkeyOf, hotkeyOf, shareOf, taoOf, uidOf } from './neuron-fields.js';
import type { StateReader } from './state-reader.js';

/** The subnet from plain storage, for runtimes whose metadata describes no runtime APIs; the stake is alpha only. */
export async function neuronsFromStorage(reader: StateReader, netuid: number): Promise<Neuron[]> {
  const pallet = 'subtensorModule';
  const columns = (
    await reader.values(
      ['subnetworkN', 'validatorPermit', 'lastUpdate', 'active', 'incentive', 'emission'].map(
        (item) => [pallet, item, netuid] as const,
      ),
    )
  ).map((value) => value?.toJSON());
  const neurons = asNumber(columns[0], 'SubnetworkN');
  const [permits, updates, active, incentives, emission] = columns
    .slice(1)
    .map((column) => asArray(column ?? [], 'a column'));
  const uids = Array.from({ length: neurons }, (_, uid) => uidOf(uid));
  const hotkeys = (await reader.values(uids.map((uid) => [pallet, 'keys', netuid, uid] as const))).map(
    (key) => hotkeyOf(key?.toJSON()),
  );
  const registered = await reader.values(
    uids.map((uid) => [pallet, 'blockAtRegistration', netuid, uid] as const),
  );
  const owners = await reader.values(hotkeys.map((hotkey) => [pallet, 'owner', hotkey] as const));
  const alpha = await reader.values(
    hotkeys.map((hotkey) => [pallet, 'totalHotkeyAlpha', hotkey, netuid] as const),
  );
  return uids.map((uid, index) => ({
    uid,
    hotkey: hotkeys[index] as (typeof hotkeys)[number],
    coldkey: coldkeyOf(owners[index]?.toJSON()),
    stakeTao: taoOf(alpha[index]?.toJSON()),
    validatorPermit: permits?.[index] === true,
    lastUpdate: blockOf(updates?.[index]),
    registrationBlock: blockOf(registered[index]?.toJSON()),
    active: active?.[index] === true,
    incentive: shareOf(incentives?.[index]),
    emission: taoOf(emission?.[index]),
  }));
}

import type { Coldkey, Hotkey, Uid } from '../common/identifiers.js';
import { publicKeyOf } from './addresses.js';
import { asBigInt, asNumber } from './json-shape.js';
import type { Neuron } from './metagraph.js';

const RAO_PER_TAO = 1e9;
const U16_MAX = 65_535;

/** An address that the chain gave, checked. */
export function hotkeyOf(value: unknown): Hotkey {
  return addressText(value) as Hotkey;
}

export function coldkeyOf(value: unknown): Coldkey {
  return addressText(value) as Coldkey;
}

export function uidOf(value: unknown): Uid {
  return asNumber(value, 'a uid') as Uid;
}

/** Rao to TAO (or alpha); 0 when the runtime does not tell. */
export function taoOf(rao: unknown): number {
  return Number(asBigInt(rao ?? 0, 'an amount')) / RAO_PER_TAO;
}

/** A share of 65535 as 0..1; 0 when the runtime does not tell. */
export function shareOf(value: unknown): number {
  return asNumber(value ?? 0, 'a share') / U16_MAX;
}

/** A block number; 0 when the runtime does not tell. */
export function blockOf(value: unknown): number {
  return asNumber(value ?? 0, 'a block number');
}

type Column = readonly unknown[] | undefined;

/** What a neuron does on the subnet, from columns by uid; a column that the runtime does not tell is undefined. */
export interface ActivityColumns {
  readonly permits: Column;
  readonly updates: Column;
  readonly active: Column;
  readonly incentives: Column;
  readonly emission: Column;
}

/** The row of a uid in these columns. */
export function activityOf(
  columns: ActivityColumns,
  uid: number,
): Pick<Neuron, 'validatorPermit' | 'lastUpdate' | 'active' | 'incentive' | 'emission'> {
  const { permits, updates, active, incentives, emission } = columns;
  return {
    validatorPermit: permits?.[uid] === true,
    lastUpdate: blockOf(updates?.[uid]),
    active: active?.[uid] === true,
    incentive: shareOf(incentives?.[uid]),
    emission: taoOf(emission?.[uid]),
  };
}

function addressText(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  publicKeyOf(text);
  return text;
}

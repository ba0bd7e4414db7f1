import { asBigInt, asNumber, asRecord } from './json-shape.js';

/** Where a neuron says that it can be reached (AxonInfo of subtensor). This subnet asks nobody there. */
export interface Axon {
  /** IPv4 in dots, or IPv6 in eight groups. */
  readonly ip: string;
  readonly port: number;
}

/** The announced address; undefined when there is none. */
export function axonOf(value: unknown): Axon | undefined {
  if (value === undefined || value === null) return undefined;
  const axon = asRecord(value, 'an axon');
  const ip = asBigInt(axon['ip'], "an axon's address");
  const port = asNumber(axon['port'], "an axon's port");
  if (ip === 0n || port === 0) return undefined;
  return { ip: asNumber(axon['ipType'], "an axon's kind of address") === 6 ? ipv6(ip) : ipv4(ip), port };
}

function ipv4(ip: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (ip >> shift) & 0xffn).join('.');
}

function ipv6(ip: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => (ip >> BigInt(112 - 16 * index)) & 0xffffn);
  return groups.map((group) => group.toString(16)).join(':');
}

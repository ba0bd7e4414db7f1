import type { SubtensorError } from '../../metadata/pallets/subtensor-errors.js';
import { SubtensorItems, type Account, type AxonInfo } from '../../state/items.js';
import type { StorageReader } from '../../state/storage.js';
import type { Call } from '../call.js';
import { ensureSubtensor } from '../dispatch-error.js';
import { customErrorCode } from './custom-error.js';

type ServeAxon = Omit<AxonInfo, 'block'> & { readonly netuid: number };

const IPV4_LOOPBACK = 0x7f000001n;
/** The broadcast address; nothing from here on is an IPv4 address to announce. */
const IPV4_END = 0xffffffffn;
const IPV6_LOOPBACK = 1n;
const IPV6_ALL_ONES = (1n << 128n) - 1n;

/** Why an address cannot be announced, in the order of subtensor's validate_serve_axon. Private ranges may be. */
export function serveAxonError(facts: {
  registered: boolean;
  ip: bigint;
  ipType: number;
  port: number;
  /** Block of the last announcement; undefined when there is none. */
  lastServed: bigint | undefined;
  rateLimit: bigint;
  block: number;
}): SubtensorError | undefined {
  const { ip, ipType, lastServed, rateLimit } = facts;
  if (!facts.registered) return 'HotKeyNotRegisteredInNetwork';
  if (ipType !== 4 && ipType !== 6) return 'InvalidIpType';
  const refused =
    ipType === 4 ? ip === IPV4_LOOPBACK || ip >= IPV4_END : ip === IPV6_LOOPBACK || ip === IPV6_ALL_ONES;
  if (refused) return 'InvalidIpAddress';
  const tooSoon = lastServed !== undefined && BigInt(facts.block) - lastServed < rateLimit;
  if (rateLimit !== 0n && tooSoon) return 'ServingRateLimitExceeded';
  if (facts.port === 0) return 'InvalidPort';
  return undefined;
}

function errorOf(
  storage: StorageReader,
  block: number,
  hotkey: Account,
  { netuid, ip, ip_type, port }: ServeAxon,
): SubtensorError | undefined {
  return serveAxonError({
    registered: storage.get(SubtensorItems.uids, netuid, hotkey) !== undefined,
    ip,
    ipType: ip_type,
    port,
    lastServed: storage.get(SubtensorItems.axons, netuid, hotkey)?.block,
    rateLimit: storage.get(SubtensorItems.servingRateLimit, netuid),
    block,
  });
}

export const serveAxon: Call<ServeAxon> = {
  class: 'Normal',
  pays: false,
  check: ({ storage, block }, hotkey, args) => customErrorCode(errorOf(storage, block, hotkey, args)),
  dispatch({ storage, block, deposit }, hotkey, args) {
    ensureSubtensor(errorOf(storage, block, hotkey, args));
    const { netuid, ...axon } = args;
    storage.set(SubtensorItems.axons, [netuid, hotkey], { block: BigInt(block), ...axon });
    deposit('SubtensorModule', 'AxonServed', [netuid, hotkey]);
  },
};

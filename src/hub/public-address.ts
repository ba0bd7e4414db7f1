import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';

// IANA's special-purpose address registries (RFC 6890): what is not a host of the public internet.
const SPECIAL_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;
const SPECIAL_IPV6 = [
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const;

const special = new BlockList();
for (const [net, bits] of SPECIAL_IPV4) {
  special.addSubnet(net, bits, 'ipv4');
  // The same addresses, mapped into IPv6 or translated by a NAT64 gateway (RFC 6052), reach the same hosts.
  for (const prefix of ['::ffff:', '64:ff9b::']) special.addSubnet(`${prefix}${net}`, 96 + bits, 'ipv6');
}
for (const [net, bits] of SPECIAL_IPV6) special.addSubnet(net, bits, 'ipv6');

/** Whether the address is one of the public internet: not this machine, its network, or a cloud's metadata service. */
export function isPublicAddress(address: string): boolean {
  return isIP(address) !== 0 && !special.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** The DNS question, as the tests answer it themselves. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A `lookup` for connections that answers with public addresses only, at the moment of connecting: a name that was
 * harmless when it was checked may point into this network a second later (DNS rebinding).
 * @param exempt host names that the operator chose, which may be anywhere
 */
export function publicLookup(exempt: ReadonlySet<string>, resolve: Resolve = systemLookup): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '');
      const allowed = exempt.has(hostname)
        ? addresses
        : addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (first === undefined) {
        const failure: NodeJS.ErrnoException = new Error(`${hostname} has no public address`);
        failure.code = 'EADDRNOTPUBLIC';
        return done(failure, '');
      }
      if (options.all) done(null, allowed);
      else done(null, first.address, first.family);
    });
  };
}

/** The block of the round that `block` belongs to: rounds start at multiples of `queryTime` for every validator. */
export function roundBlockOf(block: number, queryTime: number): number {
  return Math.floor(block / queryTime) * queryTime;
}

/**
 * The first block at which weights may and should be set: `epochLength` blocks after the last update that the chain
 * remembers, and not before the chain's own rate limit. Because the chain remembers, a restart sends nothing twice.
 * An update at block 0 means never.
 */
export function weightsDueBlock(o: {
  lastUpdate: number;
  epochLength: number;
  weightsRateLimit: number;
}): number {
  return o.lastUpdate === 0 ? 0 : o.lastUpdate + Math.max(o.epochLength, o.weightsRateLimit);
}

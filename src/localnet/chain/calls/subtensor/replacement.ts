/** What decides which neuron gives way to a newcomer on a full subnet. */
export interface Replaceable {
  readonly uid: number;
  readonly emission: bigint;
  /** Block of registration. */
  readonly registeredAt: bigint;
  /** Still within the immunity period. */
  readonly immune: boolean;
  /** The subnet owner's own neuron, which never gives way. */
  readonly owner: boolean;
}

/**
 * The uid with the least emission among those past their immunity; among equals the one registered first, then the
 * lower uid. When all are immune the same choice is made among them. Undefined when only the owner's neuron is there.
 */
export function chooseUidToReplace(neurons: readonly Replaceable[]): number | undefined {
  const order = (a: Replaceable, b: Replaceable): number => {
    if (a.immune !== b.immune) return a.immune ? 1 : -1;
    if (a.emission !== b.emission) return a.emission < b.emission ? -1 : 1;
    if (a.registeredAt !== b.registeredAt) return a.registeredAt < b.registeredAt ? -1 : 1;
    return a.uid - b.uid;
  };
  return neurons.filter(({ owner }) => !owner).sort(order)[0]?.uid;
}

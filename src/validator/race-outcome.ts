import type { Hotkey, Rejection } from '../common/index.js';
import type { KeptCode } from './kept-codes.js';
import type { Entry } from './model-identity.js';
import type { Ordered } from './order.js';
import type { Placed } from './placed.js';
import type { Waiting } from './report.js';
import type { Runner } from './runner.js';

/** How the race ended for a miner. */
export type RaceOutcome =
  | { readonly kind: 'valid'; readonly placed: Ordered<Placed>; readonly waiting?: Waiting }
  /** With `waiting` it is the older model that was refused: it earns no more while the newer one waits. */
  | {
      readonly kind: 'refused';
      readonly rejection: Rejection;
      readonly entry: Entry;
      readonly waiting?: Waiting;
    }
  | { readonly kind: 'kept'; readonly code: KeptCode; readonly reason: string; readonly scoreStays: boolean };

export function outcomesOf(
  runners: readonly Runner[],
  ordered: readonly Ordered<Placed>[],
): Map<Hotkey, RaceOutcome> {
  const places = new Map(ordered.map((placed) => [placed.hotkey, placed]));
  return new Map(
    runners.map(({ racer, entry, evidence, waiting, out }): [Hotkey, RaceOutcome] => {
      const { hotkey } = racer.candidate;
      const placed = places.get(hotkey);
      if (placed !== undefined) return [hotkey, { kind: 'valid', placed, ...(waiting && { waiting }) }];
      if (evidence.kind === 'refused') {
        const { rejection } = evidence;
        return [hotkey, { kind: 'refused', rejection, entry, ...(waiting && { waiting }) }];
      }
      const { code, reason } = out ?? waiting ?? { code: 'NOT_EVALUATED', reason: 'it has no evidence yet' };
      return [hotkey, { kind: 'kept', code, reason, scoreStays: racer.hasEarned }];
    }),
  );
}

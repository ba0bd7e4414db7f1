import type { RoundResult } from './report.js';
import type { Store } from './store.js';

/** A line of the leaderboard. */
export interface LeaderboardRow extends RoundResult {
  /** Part of all scores, 0 to 1: what the weights are made of. */
  readonly share: number;
}

/** The miners of the newest finished round, highest score first; empty before the first round. */
export function leaderboard(store: Pick<Store, 'lastReport'>): LeaderboardRow[] {
  const results = store.lastReport()?.results ?? [];
  const total = results.reduce((sum, { score }) => sum + score, 0);
  return results
    .map((result) => ({ ...result, share: total > 0 ? result.score / total : 0 }))
    .sort((a, b) => b.score - a.score || (a.loss ?? Infinity) - (b.loss ?? Infinity) || a.uid - b.uid);
}

import { PAYOUT_CURVES, PAYOUT_NAMES, type PayoutName } from './curves.js';

/** What shares of the weights miners get under a curve, 0 to 1, once the moving average has settled. */
export interface Simulation {
  readonly payout: PayoutName;
  readonly best: number;
  readonly second: number;
  readonly tenth: number;
  readonly last: number;
  /** One copy of the best model, and all of them together, as they are found out: nothing. */
  readonly foundCopy: number;
  readonly foundFleet: number;
  /** The same if nobody noticed: the copies stand behind the best, before everybody else. */
  readonly unnoticedCopy: number;
  readonly unnoticedFleet: number;
  /** What the honest second is left with by the unnoticed fleet. */
  readonly secondBehindFleet: number;
  /** As many hotkeys with models of their own that are worse than all others', together. */
  readonly tailFleet: number;
}

/** Plays a subnet of so many honest miners, and a fleet of so many hotkeys that one cheat adds to them, under each curve. */
export function simulatePayouts(o: { readonly miners: number; readonly copies: number }): Simulation[] {
  return PAYOUT_NAMES.map((payout) => {
    const { rewardOf } = PAYOUT_CURVES[payout];
    const alone = sharesOf(o.miners, rewardOf);
    const crowded = sharesOf(o.miners + o.copies, rewardOf);
    const at = (shares: readonly number[], rank: number) => shares[rank] ?? 0;
    const sum = (shares: readonly number[]) => shares.reduce((total, share) => total + share, 0);
    return {
      payout,
      best: at(alone, 0),
      second: at(alone, 1),
      tenth: at(alone, 9),
      last: at(alone, o.miners - 1),
      foundCopy: 0,
      foundFleet: 0,
      unnoticedCopy: o.copies > 0 ? at(crowded, 1) : 0,
      unnoticedFleet: sum(crowded.slice(1, 1 + o.copies)),
      secondBehindFleet: o.miners > 1 ? at(crowded, 1 + o.copies) : 0,
      tailFleet: sum(crowded.slice(o.miners)),
    };
  });
}

function sharesOf(miners: number, rewardOf: (rank: number) => number): number[] {
  const rewards = Array.from({ length: miners }, (_, rank) => rewardOf(rank));
  const total = rewards.reduce((sum, reward) => sum + reward, 0);
  return rewards.map((reward) => (total > 0 ? reward / total : 0));
}

/** The simulation as a table of plain text. */
export function formatSimulation(
  simulations: readonly Simulation[],
  o: { readonly miners: number; readonly copies: number },
): string {
  const head = ['', ...simulations.map(({ payout }) => payout)];
  const row = (label: string, figure: (one: Simulation) => number) => [
    label,
    ...simulations.map((one) => `${(100 * figure(one)).toFixed(2)} %`),
  ];
  const rows = [
    head,
    row('the best', (one) => one.best),
    row('the second', (one) => one.second),
    row('the tenth', (one) => one.tenth),
    row('the last', (one) => one.last),
    row('a copy of the best', (one) => one.foundCopy),
    row(`a fleet of ${o.copies} copies`, (one) => one.foundFleet),
    row('a copy that nobody noticed', (one) => one.unnoticedCopy),
    row(`a fleet of ${o.copies} unnoticed copies`, (one) => one.unnoticedFleet),
    row('the honest second behind that fleet', (one) => one.secondBehindFleet),
    row(`${o.copies} worse models of one owner`, (one) => one.tailFleet),
  ];
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

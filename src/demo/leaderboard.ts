import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chain } from '../chain/index.js';
import { HealthTensorError } from '../common/errors.js';
import { type RoundReport, WIDE_MARGIN, validatorStateFiles } from '../validator/index.js';
import type { Account } from './accounts.js';

/** A miner at the end of the demo: the validator's report beside the chain's word. */
export interface LeaderboardRow {
  uid: number;
  name: string;
  architecture: string;
  repo: string;
  revision: string;
  loss: number;
  meanAuroc: number | undefined;
  /** Of the validator, read back from the chain; the largest is 65535. */
  weight: number;
}

/** How the demo ended. */
export interface Leaderboard {
  /** Heaviest first. */
  rows: LeaderboardRow[];
  /** Images that the models were evaluated on. */
  images: number;
}

export interface LeaderboardSources {
  chain: Chain;
  netuid: number;
  validator: Account;
  miners: readonly Account[];
  /** The demo's folder. */
  directory: string;
}

/**
 * The miners by weight, heaviest first. HealthTensorError when a model was not evaluated to a finite loss or when the
 * weights on the chain do not put the miners in the order of their losses.
 */
export async function readLeaderboard(sources: LeaderboardSources): Promise<Leaderboard> {
  const { chain, netuid, validator, miners, directory } = sources;
  const lines = (
    await readFile(validatorStateFiles(join(directory, 'state', 'validator')).reports, 'utf8')
  ).trimEnd();
  const report = JSON.parse(lines.slice(lines.lastIndexOf('\n') + 1)) as RoundReport;
  const uid = await chain.uidOf(netuid, validator.hotkey);
  if (uid === undefined) throw failed('The validator is not registered any more.');
  const weights = new Map(await chain.weights(netuid, uid));
  const rows = miners.map(({ name, hotkey }) => {
    const result = report.results.find((found) => found.hotkey === hotkey);
    if (result?.outcome !== 'valid' || result.loss === undefined || !Number.isFinite(result.loss)) {
      throw failed(
        `${name} has no finite loss: ${result?.code ?? result?.outcome ?? 'absent'} ${result?.detail ?? ''}`,
      );
    }
    return {
      uid: result.uid,
      name,
      architecture: result.architecture ?? '',
      repo: result.repo ?? '',
      revision: result.revision ?? '',
      loss: result.loss,
      meanAuroc: result.meanAuroc,
      weight: weights.get(result.uid) ?? 0,
    };
  });
  rows.sort((a, b) => b.weight - a.weight);
  rows.forEach((row, index) => {
    const better = rows[index - 1];
    if (row.weight === 0) throw failed(`${row.name} has no weight on the chain.`);
    if (better !== undefined && better.loss > row.loss + WIDE_MARGIN) {
      throw failed(`The weights contradict the losses: ${better.name} is above ${row.name}.`);
    }
  });
  return { rows, images: Math.max(0, ...report.samples.map((sample) => sample.images)) };
}

function failed(message: string): HealthTensorError {
  return new HealthTensorError('DEMO_FAILED', message);
}

/** The leaderboard as a table of plain text, and what it means. */
export function formatLeaderboard({ rows, images }: Leaderboard): string {
  const header = [
    'rank',
    'uid',
    'miner',
    'model',
    'repository @ revision',
    'BCE',
    'AUROC',
    'weight on chain',
  ];
  const cells = rows.map((row, index) => [
    String(index + 1),
    String(row.uid),
    row.name,
    row.architecture,
    `${row.repo} @ ${row.revision.slice(0, 10)}`,
    row.loss.toFixed(5),
    row.meanAuroc?.toFixed(3) ?? '-',
    String(row.weight),
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const meaning =
    `Each model was fetched at its committed revision, verified, and evaluated on ${images} images that no miner had\n` +
    'trained on. The weights were read back from the chain: the lower the loss (BCE), the larger the weight.';
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line), '', meaning].join(
    '\n',
  );
}

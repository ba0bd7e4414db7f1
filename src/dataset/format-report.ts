import { FINDINGS } from '../common/index.js';
import type { DatasetReport } from './check.js';

/** Problems shown one by one before they are only counted. */
const SHOWN = 5;

/** The report as lines for a terminal. */
export function formatDatasetReport(report: DatasetReport): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(7);
  const rows = FINDINGS.map((finding) => {
    const positives = String(report.positives[finding]).padStart(7);
    return `  ${finding.padEnd(20)}${positives}  ${percent(report.prevalence[finding])}`;
  });
  const healthy = report.readable === 0 ? 0 : report.noFinding / report.readable;
  return [
    report.path,
    `  ${report.readable} readable images of ${report.listed} listed, ${report.patients} patients ` +
      `(at most ${report.imagesOfBusiestPatient} images each)`,
    ...rows,
    `  ${'No Finding'.padEnd(20)}${String(report.noFinding).padStart(7)}  ${percent(healthy)}`,
    ...problemLines(report),
  ].join('\n');
}

function problemLines(report: DatasetReport): string[] {
  const lines = [
    ...problem(
      'rows of Data_Entry.csv left out',
      report.badRows,
      ({ line, reason }) => `line ${line}: ${reason}`,
    ),
    ...problem('images missing', report.missing, (name) => name),
    ...problem('images unreadable', report.unreadable, ({ name, reason }) => `${name}: ${reason}`),
    ...(report.unlisted > 0
      ? [`  ${report.unlisted} files in images/ are not listed in Data_Entry.csv`]
      : []),
  ];
  if (report.patients === 1 && report.readable > 1) {
    lines.push('  only one patient: names should be <patient>_<number>.png, or it cannot be split');
  }
  return lines.length === 0 ? ['  no problems'] : lines;
}

function problem<T>(what: string, items: readonly T[], show: (item: T) => string): string[] {
  if (items.length === 0) return [];
  const more = items.length > SHOWN ? [`    and ${items.length - SHOWN} more`] : [];
  return [`  ${items.length} ${what}`, ...items.slice(0, SHOWN).map((item) => `    ${show(item)}`), ...more];
}

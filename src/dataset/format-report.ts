import { FINDINGS } from '../common/index.js';
import type { DatasetReport } from './check.js';
import { notesOf, problemsOf, type Remark } from './report-problems.js';

/** Examples of a problem that are shown before they are only counted. */
const SHOWN = 5;
const KINDS_SHOWN = 4;

/** The report as lines for a terminal. */
export function formatDatasetReport(report: DatasetReport): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(7);
  const rows = FINDINGS.map((finding) => {
    const positives = String(report.positives[finding]).padStart(7);
    return `  ${finding.padEnd(20)}${positives}  ${percent(report.prevalence[finding])}`;
  });
  const healthy = report.readable === 0 ? 0 : report.noFinding / report.readable;
  const problems = problemsOf(report);
  const notes = notesOf(report);
  return [
    report.path,
    `  images: ${report.readable} readable of ${report.listed} listed; ` +
      `patients: ${report.patients}, with up to ${report.imagesOfBusiestPatient} images each`,
    ...fileLines(report),
    ...rows,
    `  ${'No Finding'.padEnd(20)}${String(report.noFinding).padStart(7)}  ${percent(healthy)}`,
    ...(problems.length === 0 ? ['  no problems'] : ['  problems:', ...problems.flatMap(remarkLines)]),
    ...(notes.length === 0 ? [] : ['  notes:', ...notes.flatMap(remarkLines)]),
    ...sheetLines(report),
  ].join('\n');
}

function fileLines({ bytes, kinds }: DatasetReport): string[] {
  const shown = kinds.slice(0, KINDS_SHOWN).map(({ kind, images }) => `${images} of ${kind}`);
  const more = kinds.length > KINDS_SHOWN ? `, ${kinds.length - KINDS_SHOWN} other kinds` : '';
  const size = `${megabytes(bytes.total)} MB, ${bytes.smallest} to ${bytes.largest} bytes a file`;
  return [`  files: ${shown.join(', ')}${more}; ${size}`];
}

function remarkLines({ text, examples }: Remark): string[] {
  const more = examples.length > SHOWN ? [`      and ${examples.length - SHOWN} more`] : [];
  return [`    ${text}`, ...examples.slice(0, SHOWN).map((example) => `      ${example}`), ...more];
}

function sheetLines({ sheet }: DatasetReport): string[] {
  if (sheet === undefined) return [];
  const tiles = sheet.tiles.map(
    ({ row, column, name, shows }) => `    row ${row}, column ${column}: ${name}, ${shows}`,
  );
  return [`  a few images are in ${sheet.path}:`, ...tiles];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
}

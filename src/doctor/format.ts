import type { Finding } from './finding.js';

const MARKS = { ok: 'ok     ', warning: 'warning', failure: 'FAILURE' } as const;

/** For people: a line a finding, its remedy below, and the count at the end. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, level, text, remedy }) => [
    `${MARKS[level]}  ${check.padEnd(width)}  ${text}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(width + 11)}${remedy}`]),
  ]);
  return [...lines, '', summary(findings)].join('\n');
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const [failures, warnings] = [count('failure'), count('warning')];
  if (failures + warnings === 0) return `All ${findings.length} checks are well.`;
  const said = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
  return `${said(failures, 'failure')}, ${said(warnings, 'warning')}, ${count('ok')} ok.`;
}

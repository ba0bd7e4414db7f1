// @ts-check

/**
 * Rows as a Markdown table whose columns line up: words to the left, numbers to the right.
 * @param {readonly string[]} titles
 * @param {readonly (readonly (string | number)[])[]} rows
 * @returns {string}
 */
export function markdownTable(titles, rows) {
  const cells = [titles, ...rows].map((row) => row.map(String));
  const widths = titles.map((_, column) => Math.max(3, ...cells.map((row) => (row[column] ?? '').length)));
  const numeric = titles.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  const line = (/** @type {readonly string[]} */ row) =>
    `| ${row.map((cell, column) => (numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    numeric[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  const [head = [], ...body] = cells;
  return [line(head), line(rule), ...body.map(line)].join('\n');
}

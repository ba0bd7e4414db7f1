/**
 * A progress line: redrawn in place on a terminal, else one plain line each `everyMs`, so that logs stay short.
 * Returns the function that reports, and one that ends the line.
 */
export function progressBar(
  title: string,
  out: NodeJS.WriteStream = process.stderr,
  everyMs = 5000,
  now: () => number = Date.now,
): { report: (done: number, total: number) => void; end: () => void } {
  const started = now();
  let last = -Infinity;
  let drawn = false;
  return {
    report(done, total) {
      const finished = done >= total;
      if (!finished && now() - last < (out.isTTY ? 100 : everyMs)) return;
      last = now();
      drawn = true;
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const seconds = (now() - started) / 1000;
      const left = share === 0 || finished ? '' : `, ${Math.ceil((seconds / share) * (1 - share))} s left`;
      const bar = `${'#'.repeat(Math.round(share * 24)).padEnd(24, '.')}`;
      const line = `${title} [${bar}] ${done}/${total} (${Math.floor(share * 100)} %${left})`;
      out.write(out.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
    },
    end() {
      if (drawn && out.isTTY) out.write('\n');
    },
  };
}

/** Where the demo shows what its processes do. */
export interface Screen {
  /** A headline: what happens now. */
  say(text: string): void;
  /** The newest line of a process. */
  show(name: string, line: string): void;
  /** Leaves the screen as it is; what follows is written below. */
  end(): void;
}

const LOG_LINE = /^\d{4}-\d\d-\d\d [\d:.]+ \| (\w+) *\| (.*)$/;

/** The level and text of a log line, or undefined when the line is none. */
export function parseLogLine(line: string): { level: string; text: string } | undefined {
  const [, level, text] = LOG_LINE.exec(line) ?? [];
  return level === undefined || text === undefined ? undefined : { level, text };
}

/** One plain line each time: for files, pipes and CI. */
export class PlainScreen implements Screen {
  readonly #out: (line: string) => void;
  readonly #started: number;
  readonly #now: () => number;

  constructor(out: (line: string) => void, now: () => number = Date.now) {
    this.#out = out;
    this.#now = now;
    this.#started = now();
  }

  say(text: string): void {
    this.#line('demo', text);
  }

  show(name: string, line: string): void {
    this.#line(name, parseLogLine(line)?.text ?? line);
  }

  end(): void {}

  #line(name: string, text: string): void {
    const seconds = ((this.#now() - this.#started) / 1000).toFixed(1).padStart(6);
    this.#out(`${seconds} s  ${name.padEnd(10)} ${text}\n`);
  }
}

/** A panel that is redrawn in place: the headline and the newest line of each process. */
export class LiveScreen implements Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #started = Date.now();
  readonly #lines = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  #headline = '';
  #height = 0;

  constructor(out: NodeJS.WriteStream, names: readonly string[]) {
    this.#out = out;
    for (const name of names) this.#lines.set(name, '');
    this.#timer = setInterval(() => this.#draw(), 250);
  }

  say(text: string): void {
    this.#headline = text;
    this.#draw();
  }

  show(name: string, line: string): void {
    this.#lines.set(name, parseLogLine(line)?.text ?? line);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#draw();
  }

  #draw(): void {
    const seconds = Math.floor((Date.now() - this.#started) / 1000);
    const width = (this.#out.columns ?? 100) - 1;
    const rows = [
      `HealthTensor demo, ${seconds} s: ${this.#headline}`,
      '',
      ...[...this.#lines].map(([name, line]) => `  ${name.padEnd(10)} ${line}`),
      '',
    ];
    const up = this.#height === 0 ? '' : `\u001b[${this.#height}A`;
    this.#height = rows.length;
    this.#out.write(up + rows.map((row) => `\u001b[2K${row.slice(0, width)}\n`).join(''));
  }
}

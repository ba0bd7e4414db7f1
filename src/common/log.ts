import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from './errors.js';

/** Bittensor's levels in rising order; operators' log filters know these words. */
export const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'SUCCESS', 'WARNING', 'ERROR'] as const;
export type Level = (typeof LEVELS)[number];

export interface LogSettings {
  /** The lowest level that is written. */
  level: Level;
  /** Folder for `<name>.log`; none, no file. */
  directory?: string | undefined;
  /** Name of the file in `directory`. */
  name?: string;
  /** Where lines go; the default is standard error, so that standard output stays for results. */
  write?: (line: string) => void;
  /** Colour, for terminals. */
  colour?: boolean;
  now?: () => Date;
}

const COLOURS: Record<Level, number> = {
  TRACE: 90,
  DEBUG: 34,
  INFO: 39,
  SUCCESS: 32,
  WARNING: 33,
  ERROR: 31,
};
const secrets = new Set<string>();

/** From now on the text never appears in a log line. Call it the moment a token or password is read. */
export function hideSecret(secret: string | undefined): void {
  if (secret !== undefined && secret.length >= 4) secrets.add(secret);
}

/** `text` with every known secret and everything that looks like a Hub token blotted out. */
export function redact(text: string): string {
  let safe = text;
  for (const secret of secrets) safe = safe.replaceAll(secret, '[hidden]');
  return safe.replaceAll(/\bhf_[A-Za-z0-9]{8,}/g, 'hf_[hidden]');
}

/** Without control characters and invisible ones but newlines: what strangers wrote shall not move the terminal's cursor. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, '?');
}

/** Writes `2026-11-22 10:14:56.123 | INFO | message` lines. */
export class Log {
  readonly #settings: LogSettings;
  readonly #rank: number;
  readonly #file: string | undefined;
  #fileFails = false;

  constructor(settings: LogSettings) {
    this.#settings = settings;
    this.#rank = LEVELS.indexOf(settings.level);
    if (settings.directory !== undefined) {
      mkdirSync(settings.directory, { recursive: true });
      this.#file = join(settings.directory, `${settings.name ?? 'healthtensor'}.log`);
    }
  }

  trace(message: string): void {
    this.#line('TRACE', message);
  }
  debug(message: string): void {
    this.#line('DEBUG', message);
  }
  info(message: string): void {
    this.#line('INFO', message);
  }
  success(message: string): void {
    this.#line('SUCCESS', message);
  }
  warning(message: string): void {
    this.#line('WARNING', message);
  }
  error(message: string): void {
    this.#line('ERROR', message);
  }

  #line(level: Level, message: string): void {
    if (LEVELS.indexOf(level) < this.#rank) return;
    const time = (this.#settings.now?.() ?? new Date()).toISOString().replace('T', ' ').replace('Z', '');
    // Control characters could forge lines or drive the terminal, invisible ones turn it round: messages quote strangers' names.
    const text = redact(message).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
    const line = `${time} | ${level.padEnd(7)} | ${text}`;
    const write = this.#settings.write ?? ((out: string) => process.stderr.write(out));
    write(this.#settings.colour ? `\u001b[${COLOURS[level]}m${line}\u001b[0m\n` : `${line}\n`);
    if (this.#file !== undefined) this.#append(this.#file, line);
  }

  /** Work that has gone on for days must not end because a disk has no room for its log; with room again the log goes on. */
  #append(file: string, line: string): void {
    try {
      appendFileSync(file, `${line}\n`);
      this.#fileFails = false;
    } catch (error) {
      if (this.#fileFails) return;
      this.#fileFails = true;
      this.error(`The log file ${file} cannot be written: ${messageOf(error)}`);
    }
  }
}

/** A log that keeps silent: for tests and for libraries' callers who want none. */
export const silentLog: Log = new Log({ level: 'ERROR', write: () => {} });

import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../common/errors.js';
import { type Log, silentLog } from '../common/log.js';
import type { SubmissionResult } from './submission.js';

/** An extrinsic that was signed to be sent. */
export interface Flight {
  /** `pallet.call` */
  readonly call: string;
  readonly signer: string;
  readonly nonce: number;
  /** blake2-256 of the signed bytes, 0x hex: the extrinsic's name on the chain. */
  readonly hash: string;
  /** blake2-256 of the call alone: the same for the same call, whenever it is signed. */
  readonly callHash: string;
  /** The head when it was signed: it is in no block up to this one. */
  readonly after: number;
  /** The first block that can no longer hold it. */
  readonly until: number;
  /** The chain that it is for. */
  readonly genesis: string;
  /** The runtime that it is signed for. */
  readonly spec: number;
}

/** How a flight ended, as the journal has it. `not-sent`: it never left. `unknown`: it cannot be found out any more. */
export type JournalOutcome = 'included' | 'failed' | 'rejected' | 'timed-out' | 'not-sent' | 'unknown';

export interface OutcomeFacts {
  readonly outcome: JournalOutcome;
  readonly name?: string;
  readonly detail?: string;
  readonly block?: number;
  readonly blockHash?: string;
}

/** Some thousand submissions. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Every submission, a line of JSON when it is about to leave and one when its outcome is known, each on disk before
 * anything else happens. What has the first line only, because the process was killed, is `pending` for the next one.
 * When the file has grown to `maxBytes` it takes the place of `<path>.1`, and a new one begins.
 */
export class SubmissionJournal {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #now: () => Date;
  readonly #log: Log;
  readonly #pending = new Map<string, Flight>();

  /** @throws the system's error when the file is there and cannot be read */
  constructor(path: string, o: { maxBytes?: number; now?: () => Date; log?: Log } = {}) {
    this.#path = path;
    this.#maxBytes = o.maxBytes ?? MAX_BYTES;
    this.#now = o.now ?? (() => new Date());
    this.#log = o.log ?? silentLog;
    mkdirSync(dirname(path), { recursive: true });
    for (const line of [`${path}.1`, path].flatMap(linesOf)) {
      const { event, time: _time, ...entry } = line;
      if (event === 'sent' && isFlight(entry)) this.#pending.set(entry.hash, entry);
      else if (event === 'outcome') this.#pending.delete(String(entry['hash']));
    }
  }

  /** What was about to leave and has no outcome yet, the oldest first. */
  get pending(): Flight[] {
    return [...this.#pending.values()];
  }

  sent(flight: Flight): void {
    this.#pending.set(flight.hash, flight);
    this.#append({ event: 'sent', ...flight });
  }

  outcome(flight: Flight, facts: OutcomeFacts): void {
    this.#pending.delete(flight.hash);
    const { call, signer, hash } = flight;
    this.#append({ event: 'outcome', call, signer, hash, ...facts });
  }

  /** Work must not end because a disk is full: a line that cannot be written is an error in the log. */
  #append(line: object): void {
    try {
      this.#rotate();
      const file = openSync(this.#path, 'a+', 0o600);
      try {
        const text = `${JSON.stringify({ time: this.#now().toISOString(), ...line })}\n`;
        // A line that was cut off, by a crash or a full disk, must not swallow this one.
        writeSync(file, endsInLine(file) ? text : `\n${text}`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      this.#log.error(`The journal of submissions cannot be written: ${messageOf(error)}`);
    }
  }

  #rotate(): void {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (size >= this.#maxBytes) renameSync(this.#path, `${this.#path}.1`);
  }
}

/** What the journal says of a result. */
export function outcomeOf(result: SubmissionResult): OutcomeFacts {
  if (result.ok) return { outcome: 'included', block: result.block, blockHash: result.blockHash };
  const { kind, name, detail, block, blockHash } = result;
  return {
    outcome: kind,
    name,
    detail,
    ...(block !== undefined && { block }),
    ...(blockHash !== undefined && { blockHash }),
  };
}

function endsInLine(file: number): boolean {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last[0] === 0x0a);
}

/** The lines that are whole. */
function linesOf(path: string): Readonly<Record<string, unknown>>[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const value: unknown = JSON.parse(line);
        return typeof value === 'object' && value !== null ? [{ ...value }] : [];
      } catch {
        return [];
      }
    });
}

function isFlight(entry: Record<string, unknown>): entry is Record<string, unknown> & Flight {
  const texts = ['call', 'signer', 'hash', 'callHash', 'genesis'];
  const numbers = ['nonce', 'after', 'until', 'spec'];
  return (
    texts.every((name) => typeof entry[name] === 'string') &&
    numbers.every((name) => Number.isSafeInteger(entry[name]))
  );
}

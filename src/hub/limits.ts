/** Bounds on time, bytes and patience; each may be set for a slow line, and is set low in tests. */
export interface HubLimits {
  /** To open a connection. */
  readonly connectMs: number;
  /** From a request to the first byte of its answer. */
  readonly headersMs: number;
  /** The same for requests that change something: a commit of large files takes the hub its time. */
  readonly writeHeadersMs: number;
  /** Between two chunks of a body. */
  readonly idleMs: number;
  /** For a whole answer that is not a file. */
  readonly answerMs: number;
  /** For one publication, uploads and retries included. */
  readonly publishMs: number;
  /** A download slower than this over `rateWindowMs` is given up: the idle limit alone lets one byte a second pass. */
  readonly minimumBytesPerSecond: number;
  readonly rateWindowMs: number;
  /** The largest answer that is not a file. */
  readonly answerBytes: number;
  readonly listEntries: number;
  readonly listPages: number;
  readonly redirects: number;
  /** How often a request is sent before the hub counts as out of reach. */
  readonly attempts: number;
  /** The first wait before another attempt; it doubles each time. */
  readonly backoffMs: number;
  /** The longest wait that the hub may ask for; its own rate limits count windows of five minutes. */
  readonly longestWaitMs: number;
  /** What a download must leave free on the disk. */
  readonly freeDiskBytes: number;
}

export const DEFAULT_LIMITS: HubLimits = {
  connectMs: 10_000,
  headersMs: 15_000,
  writeHeadersMs: 120_000,
  idleMs: 15_000,
  answerMs: 60_000,
  publishMs: 3_600_000,
  minimumBytesPerSecond: 16 * 1024,
  rateWindowMs: 20_000,
  answerBytes: 8 * 1024 * 1024,
  listEntries: 10_000,
  listPages: 20,
  redirects: 3,
  attempts: 5,
  backoffMs: 500,
  longestWaitMs: 320_000,
  freeDiskBytes: 256 * 1024 * 1024,
};

/** The words by which clients tell one 4xx from another (`X-Error-Code`). */
export type ErrorCode = 'RepoNotFound' | 'RevisionNotFound' | 'EntryNotFound';

/** A request that is answered with an error: its status, a sentence, and the code clients look at. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: ErrorCode | undefined;
  /** More fields of the JSON answer. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    message: string,
    options: { code?: ErrorCode; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = options.code;
    this.details = options.details ?? {};
  }
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, message);
}

export function revisionNotFound(revision: string): Refusal {
  return new Refusal(404, `Invalid rev id: ${quoted(revision)}`, { code: 'RevisionNotFound' });
}

export function entryNotFound(path: string): Refusal {
  return new Refusal(404, `Entry not found: ${quoted(path)}`, { code: 'EntryNotFound' });
}

/** A stranger's text for a message: quoted, and not endlessly long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

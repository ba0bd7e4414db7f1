import { isNativeError } from 'node:util/types';
import { HealthTensorError, messageOf } from '../common/errors.js';

const NETWORK_REMEDY = 'Check the network, the proxy variables and HF_ENDPOINT, and try again.';

/** The hub, or the line to it, is down, busy or too slow: nobody's model is to blame. */
export class HubUnreachable extends HealthTensorError {
  /** How long the hub asked us to wait, when it did. */
  readonly retryAfterMs: number | undefined;
  /** It wants to be left alone for that time, by every request. */
  readonly rateLimited: boolean;
  /** It answered, but slower than the limits allow. */
  readonly tooSlow: boolean;

  constructor(
    message: string,
    o: { retryAfterMs?: number | undefined; rateLimited?: boolean; tooSlow?: boolean; cause?: unknown } = {},
  ) {
    super('HUB_UNREACHABLE', message, { remedy: NETWORK_REMEDY, cause: o.cause });
    this.retryAfterMs = o.retryAfterMs;
    this.rateLimited = o.rateLimited ?? false;
    this.tooSlow = o.tooSlow ?? false;
  }
}

/** The hub answered what no hub may answer. `about` tells an encoded body, which an uploader can provoke, apart. */
export class HubMisbehaved extends HealthTensorError {
  readonly about: 'redirect' | 'encoding' | 'answer';

  constructor(about: HubMisbehaved['about'], message: string) {
    const mirror =
      about === 'redirect'
        ? ' When a mirror serves its files from there, allow it with --hub.download_hosts.'
        : '';
    super('HUB_MISBEHAVED', message, {
      remedy: `Check HF_ENDPOINT: is it a Hugging Face Hub, and the one you trust?${mirror}`,
    });
    this.about = about;
  }
}

/** Our token is missing, wrong or may not do this. */
export function hubDenied(detail: string): HealthTensorError {
  return new HealthTensorError('HUB_DENIED', `The hub refuses: ${detail}`, {
    remedy:
      'Set ACCESS_TOKEN (or HF_TOKEN) to a valid token with the rights needed: write for a miner, read for a data set; ' +
      "where a validator asks for miners' models, MODELS_TOKEN, or none.",
  });
}

/** One of our own repositories (not a miner's) is not there, or our token may not see it. */
export function repoMissing(repo: string, detail: string): HealthTensorError {
  return new HealthTensorError('REPO_MISSING', `The hub has no repository ${repo} for us: ${detail}`, {
    remedy: 'Check the repository id, and that ACCESS_TOKEN may read it when it is private.',
  });
}

/**
 * What the client library threw, as ours where it is about the hub's answers: it has an error class for few of them.
 * Ours, a stopped request's and the file system's pass as they are.
 */
export function misread(error: unknown, doing: string): unknown {
  const passes =
    !isNativeError(error) ||
    error instanceof HealthTensorError ||
    error.name === 'AbortError' ||
    'syscall' in error;
  return passes
    ? error
    : new HubMisbehaved('answer', `${doing}: the hub's answer makes no sense: ${messageOf(error)}`);
}

/** The URL without its query, which may carry a signature. */
export function showUrl(url: URL | string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** What `fetch` threw, as ours: it hides the reason in `cause`, sometimes in a list of them. */
export function networkFailure(error: unknown, url: URL | string): HealthTensorError {
  if (error instanceof HealthTensorError) return error;
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  if (cause instanceof AggregateError && cause.errors.length > 0) cause = cause.errors[0];
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reason = [code, messageOf(cause)].filter((text) => text !== '').join(': ');
  return new HubUnreachable(`No answer from ${showUrl(url)}: ${reason}`, {
    tooSlow: TIMEOUTS.has(code),
    cause: error,
  });
}

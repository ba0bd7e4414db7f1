import { reject, type Verdict } from '../common/verdict.js';
import { startDeadline } from './deadline.js';
import { HubUnreachable } from './failures.js';

/** What `inTime` tells the work about its time. */
export interface Clock {
  readonly signal: AbortSignal;
  /** From here on a lack of time is the file's fault (a verdict); before, the hub has not answered (an error). */
  downloading(): void;
}

/**
 * Runs work on a repository under a deadline: too late while downloading is the verdict DOWNLOAD_TIMED_OUT, too late
 * before that is the hub's doing.
 * @throws HubUnreachable, what the work throws, or the caller's reason
 */
export async function inTime<T>(
  o: { readonly repo: string; readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
  work: (clock: Clock) => Promise<Verdict<T>>,
): Promise<Verdict<T>> {
  const late = new HubUnreachable(`The hub did not answer within ${o.deadlineMs} ms`, { tooSlow: true });
  const deadline = startDeadline(o.deadlineMs, late, o.signal);
  let downloading = false;
  try {
    return await work({
      signal: deadline.signal,
      downloading: () => {
        downloading = true;
      },
    });
  } catch (error) {
    // A hub that is down or makes us wait past the deadline has its own error; only a mere lack of time is a verdict.
    const cause: unknown =
      deadline.signal.aborted && !(error instanceof HubUnreachable) ? deadline.signal.reason : error;
    if (!downloading || cause !== late) throw cause;
    return reject('DOWNLOAD_TIMED_OUT', `${o.repo}: not complete after ${o.deadlineMs} ms`);
  } finally {
    deadline.stop();
  }
}

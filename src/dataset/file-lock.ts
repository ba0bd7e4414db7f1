import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;
const HEARTBEAT_MS = 2_000;
/** A lock that nobody has touched for this long belongs to a process that is gone. */
const STALE_MS = 15_000;

/**
 * Runs `body` while holding a lock file, so that two processes do not do the same long work twice. It saves work; it
 * does not guard data: after a crash or a clock gone wrong two may run at once, and `body` must survive that.
 * A lock whose process is dead, or that has not been touched for 15 s, is taken over.
 */
export async function withFileLock<T>(
  path: string,
  body: () => Promise<T>,
  options: { signal?: AbortSignal | undefined; onWait?: () => void } = {},
): Promise<T> {
  const owner = `${process.pid} ${hostname()} ${Math.random()}`;
  await acquire(path, owner, options);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {}); // taken over or removed: the body is safe without it
  }, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await body();
  } finally {
    clearInterval(heartbeat);
    if ((await contentOf(path)) === owner) await rm(path, { force: true });
  }
}

async function acquire(
  path: string,
  owner: string,
  options: { signal?: AbortSignal | undefined; onWait?: () => void },
): Promise<void> {
  let seen = { mark: '', since: performance.now() };
  for (let attempt = 0; ; attempt += 1) {
    options.signal?.throwIfAborted(); // the caller's reason, also when the wait below was cut short
    if (await create(path, owner)) return;
    if (attempt === 0) options.onWait?.();
    const holder = await contentOf(path);
    const mark = `${holder} ${await touchedAt(path)}`;
    // Measured by our own clock, so that clocks of machines that share the folder need not agree.
    if (mark !== seen.mark) seen = { mark, since: performance.now() };
    if (isDead(holder) || performance.now() - seen.since > STALE_MS) await rm(path, { force: true });
    else await delay(POLL_MS, undefined, options.signal ? { signal: options.signal } : {}).catch(() => {});
  }
}

async function create(path: string, owner: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(owner);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isDead(holder: string | undefined): boolean {
  const [pid, host] = holder?.split(' ') ?? [];
  if (host !== hostname() || !/^[1-9]\d*$/.test(pid ?? '')) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function touchedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

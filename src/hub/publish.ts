import { commit, HubApiError } from '@huggingface/hub';
import { HealthTensorError } from '../common/errors.js';
import { parseRevision, type RepoId, type Revision } from '../common/identifiers.js';
import { waitMs } from './backoff.js';
import type { HubConnection } from './connection.js';
import { startDeadline } from './deadline.js';
import { digestsOf, sameContent, type ContentDigests } from './digests.js';
import { HubMisbehaved, HubUnreachable, hubDenied, misread, repoMissing } from './failures.js';
import { head } from './head.js';
import { pathsInfo } from './paths-info.js';
import { isPlainPath } from './repository.js';

export interface PublishRequest {
  readonly repo: RepoId;
  /** A URL is a `file:` URL; such a file must not change meanwhile. */
  readonly files: readonly { readonly path: string; readonly content: Uint8Array | URL }[];
  /** Title of the commit. */
  readonly title: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts the files into the main branch of a model repository as one commit, and returns it once the hub lists exactly
 * these bytes there. When the head holds them already (a restart, or an answer lost on the way) there is no new
 * commit. Other files of the repository stay.
 *
 * A failed attempt is repeated as a whole; what was uploaded is not uploaded again.
 * @throws HubUnreachable, HubMisbehaved, HealthTensorError HUB_DENIED, REPO_MISSING, HUB_CONFLICT; the signal's reason
 */
export async function publish(hub: HubConnection, o: PublishRequest): Promise<Revision> {
  for (const { path } of o.files) {
    if (!isPlainPath(path))
      throw new HealthTensorError('BAD_PATH', `${JSON.stringify(path)} is no path for a repository`);
  }
  if (hub.token === undefined) throw hubDenied('no token is set');
  const late = new HubUnreachable(`Publishing to ${o.repo} took more than ${hub.limits.publishMs} ms`, {
    tooSlow: true,
  });
  const deadline = startDeadline(hub.limits.publishMs, late, o.signal);
  try {
    return await publishWithRetries(hub, { ...o, signal: deadline.signal });
  } catch (error) {
    deadline.signal.throwIfAborted();
    throw error;
  } finally {
    deadline.stop();
  }
}

async function publishWithRetries(
  hub: HubConnection,
  o: PublishRequest & { signal: AbortSignal },
): Promise<Revision> {
  const local = new Map<string, ContentDigests>();
  for (const { path, content } of o.files) local.set(path, await digestsOf(content, o.signal));

  for (let attempt = 1; ; attempt++) {
    const parent = await head(hub, { type: 'model', repo: o.repo, signal: o.signal });
    if (await holds(hub, o, parent, local)) return parent;
    try {
      const revision = await commitOnce(hub, o, parent);
      if (await holds(hub, o, revision, local)) return revision;
      throw new HealthTensorError(
        'HUB_CONFLICT',
        `${o.repo} at ${revision} does not hold what was published`,
        {
          remedy: 'Were the files written to while they were uploaded? Publish again.',
        },
      );
    } catch (error) {
      const transient = error instanceof HubUnreachable || isConflict(error);
      const ms = transient
        ? waitMs(
            attempt,
            error instanceof HubUnreachable ? error.retryAfterMs : undefined,
            hub.limits,
            Math.random(),
          )
        : undefined;
      if (ms === undefined || attempt >= hub.limits.attempts) throw asOurs(error, o.repo);
      hub.log.warning(`Publishing to ${o.repo} failed (attempt ${attempt}), again in ${Math.round(ms)} ms`);
      await hub.transport.wait(ms, o.signal);
    }
  }
}

async function commitOnce(
  hub: HubConnection,
  o: PublishRequest & { signal: AbortSignal },
  parent: Revision,
): Promise<Revision> {
  const output = await commit({
    repo: { type: 'model', name: o.repo },
    title: o.title,
    operations: o.files.map(({ path, content }) => ({
      operation: 'addOrUpdate',
      path,
      content: content instanceof URL ? content : new Blob([new Uint8Array(content)]),
    })),
    // Refused when anybody else wrote in between: what is published is never a mix.
    parentCommit: parent,
    useXet: false,
    ...(hub.token === undefined ? {} : { accessToken: hub.token }),
    hubUrl: hub.endpoint,
    fetch: hub.transport.asFetch(o.signal),
    abortSignal: o.signal,
  });
  const revision = parseRevision(output?.commit.oid ?? '');
  if (revision === undefined)
    throw new HubMisbehaved('answer', `The hub committed to ${o.repo} but names no commit`);
  return revision;
}

/** Whether the revision holds exactly these contents under these paths. */
async function holds(
  hub: HubConnection,
  o: PublishRequest,
  revision: Revision,
  local: ReadonlyMap<string, ContentDigests>,
): Promise<boolean> {
  const paths = [...local.keys()];
  const found = await pathsInfo(hub, { type: 'model', repo: o.repo, revision, paths, signal: o.signal });
  if (!found.ok) throw repoMissing(o.repo, found.detail);
  return [...local].every(([path, digests]) => {
    const remote = found.files.get(path);
    return remote !== undefined && sameContent(digests, remote);
  });
}

function isConflict(error: unknown): boolean {
  return error instanceof HubApiError && (error.statusCode === 409 || error.statusCode === 412);
}

function asOurs(error: unknown, repo: RepoId): unknown {
  if (!(error instanceof HubApiError)) return misread(error, `publishing to ${repo}`);
  const detail = `publishing to ${repo}: ${error.statusCode} ${error.message.slice(0, 300)}`;
  if (!isConflict(error)) return hubDenied(detail);
  return new HealthTensorError('HUB_CONFLICT', `Somebody else keeps writing to ${repo}`, {
    remedy: 'Give every miner a repository of its own (REPO_ID).',
    cause: error,
  });
}

import { HealthTensorError } from '../common/errors.js';
import type { RepoId, Revision } from '../common/identifiers.js';
import { ask } from './ask.js';
import type { HubConnection } from './connection.js';
import { HubMisbehaved, repoMissing } from './failures.js';
import { parseRemoteFiles, type RemoteFile } from './remote-file.js';
import { apiPath, isPlainPath, type RepoType } from './repository.js';

export interface ListRequest {
  readonly type: RepoType;
  readonly repo: RepoId;
  readonly revision: Revision;
  readonly signal?: AbortSignal | undefined;
}

/**
 * All files of a revision. Those whose path could not safely be one on our disk are left out.
 * @throws HealthTensorError REPO_MISSING, or REPO_TOO_LARGE beyond the limits on entries and pages
 */
export async function listFiles(hub: HubConnection, o: ListRequest): Promise<RemoteFile[]> {
  const { listEntries, listPages } = hub.limits;
  const start = `${apiPath(o.type, o.repo)}/tree/${o.revision}`;
  const files: RemoteFile[] = [];
  let entries = 0;
  let path: string | undefined = `${start}?recursive=true&expand=false`;
  for (let page = 0; path !== undefined; page++) {
    if (page >= listPages) throw tooLarge(o.repo, `${listPages} pages`);
    const answer = await ask(hub, path, { signal: o.signal });
    if (!answer.ok) throw repoMissing(o.repo, `${answer.status} ${answer.message}`);
    if (Array.isArray(answer.body)) entries += answer.body.length;
    if (entries > listEntries) throw tooLarge(o.repo, `${listEntries} entries`);
    files.push(...parseRemoteFiles(answer.body).filter((file) => isPlainPath(file.path)));
    path = nextPage(answer.headers.get('link'), hub.endpoint, start);
  }
  return files;
}

/**
 * The following page's path from a `Link: <url>; rel="next"` header (RFC 8288), undefined on the last page.
 * @throws HubMisbehaved when it leads anywhere but to the same listing of the same hub
 */
export function nextPage(link: string | null, endpoint: string, listing: string): string | undefined {
  const target = /<([^<>]*)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined) return undefined;
  const here = endpoint + listing;
  const url = URL.canParse(target, here) ? new URL(target, here) : undefined;
  if (url === undefined || url.origin + url.pathname !== here) {
    throw new HubMisbehaved('redirect', `The hub continues a listing elsewhere: ${target.slice(0, 200)}`);
  }
  return listing + url.search;
}

function tooLarge(repo: string, bound: string): HealthTensorError {
  return new HealthTensorError('REPO_TOO_LARGE', `${repo} lists more than ${bound}`, {
    remedy: 'Publish the files in archives: a listing of so many is not read.',
  });
}

import { HealthTensorError } from '../common/errors.js';
import { reject, type Verdict } from '../common/verdict.js';
import { checkRevision } from './check-revision.js';
import type { HubConnection } from './connection.js';
import { inTime } from './in-time.js';
import type { ListRequest } from './list-files.js';
import { pathsInfo } from './paths-info.js';
import type { RemoteFile } from './remote-file.js';
import { isPlainPath } from './repository.js';

export interface LookRequest extends ListRequest {
  /** Only these, each no larger than its bound. */
  readonly files: readonly { readonly path: string; readonly maxBytes: number }[];
  /** For everything. */
  readonly deadlineMs: number;
}

/**
 * The named files of one exact commit as the hub lists them, in the order asked, all there and within their bounds:
 * nothing is downloaded before every one is known to be.
 * @throws HubUnreachable, HubMisbehaved, HealthTensorError HUB_DENIED, BAD_PATH
 */
export function lookUp(hub: HubConnection, o: LookRequest): Promise<Verdict<{ files: RemoteFile[] }>> {
  return inTime(o, ({ signal }) => look(hub, { ...o, signal }));
}

async function look(hub: HubConnection, o: LookRequest): Promise<Verdict<{ files: RemoteFile[] }>> {
  for (const { path } of o.files) {
    if (!isPlainPath(path))
      throw new HealthTensorError('BAD_PATH', `${JSON.stringify(path)} is no path in a repository`);
  }
  const revision = await checkRevision(hub, o);
  if (!revision.ok) return revision;
  const listed = await pathsInfo(hub, { ...o, paths: o.files.map(({ path }) => path) });
  if (!listed.ok) return listed;
  const files: RemoteFile[] = [];
  for (const { path, maxBytes } of o.files) {
    const remote = listed.files.get(path);
    if (remote === undefined) return reject('FILE_MISSING', `${o.repo} has no ${path} at ${o.revision}`);
    if (remote.size > maxBytes) {
      return reject(
        'TOO_LARGE',
        `${path} of ${o.repo} has ${remote.size} bytes where ${maxBytes} are allowed`,
      );
    }
    files.push(remote);
  }
  return { ok: true, files };
}

import { reject, type Verdict } from '../common/verdict.js';
import { ask, type Answer } from './ask.js';
import type { HubConnection } from './connection.js';
import { HubMisbehaved } from './failures.js';
import { parseRemoteFiles, type RemoteFile } from './remote-file.js';
import { apiPath } from './repository.js';
import type { ListRequest } from './list-files.js';

/**
 * The named files of a revision, those that exist; a listing without end in the same repository costs nothing.
 * Asked by POST, which here changes nothing and so may be repeated.
 */
export async function pathsInfo(
  hub: HubConnection,
  o: ListRequest & { readonly paths: readonly string[] },
): Promise<Verdict<{ files: Map<string, RemoteFile> }>> {
  const question = {
    method: 'POST',
    json: { paths: o.paths, expand: false },
    repeatable: true,
    signal: o.signal,
  } as const;
  const answer = await ask(hub, `${apiPath(o.type, o.repo)}/paths-info/${o.revision}`, question);
  if (!answer.ok) return unavailable(answer, `${o.repo} at ${o.revision}`);
  const wanted = new Set(o.paths);
  const files = parseRemoteFiles(answer.body).filter((file) => wanted.has(file.path));
  const byPath = new Map(files.map((file) => [file.path, file]));
  if (byPath.size < files.length)
    throw new HubMisbehaved('answer', `The hub lists a file of ${o.repo} twice`);
  return { ok: true, files: byPath };
}

/** The statuses that speak of what was asked for; any other refusal is about us, a proxy or the hub. */
const ABOUT_REPO = new Set([401, 403, 404, 410, 416, 451]);

/**
 * What a refusal says about the repository. Why it is missing stays open: hubs hide private ones as missing.
 * @throws HubMisbehaved when it says nothing about it
 */
export function unavailable(answer: Answer & { ok: false }, what: string): Verdict<never> {
  if (!ABOUT_REPO.has(answer.status))
    throw new HubMisbehaved('answer', `The hub answers ${answer.status} when asked for ${what}`);
  const code = answer.code === 'RevisionNotFound' ? 'REVISION_MISSING' : 'REPO_UNAVAILABLE';
  const reason = [String(answer.status), answer.code].filter((text) => text !== '').join(' ');
  return reject(code, `The hub has no ${what} for us (${reason}): it must exist, be public and not gated`);
}

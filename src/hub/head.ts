import { parseRevision, type RepoId, type Revision } from '../common/identifiers.js';
import { ask, field } from './ask.js';
import type { HubConnection } from './connection.js';
import { HubMisbehaved, repoMissing } from './failures.js';
import { apiPath, type RepoType } from './repository.js';

export interface HeadRequest {
  readonly type: RepoType;
  readonly repo: RepoId;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The newest commit of the main branch.
 * @throws HealthTensorError REPO_MISSING
 */
export async function head(hub: HubConnection, o: HeadRequest): Promise<Revision> {
  const answer = await ask(hub, `${apiPath(o.type, o.repo)}/revision/main?expand=sha`, { signal: o.signal });
  if (!answer.ok) throw repoMissing(o.repo, `${answer.status} ${answer.message}`);
  const sha = field(answer.body, 'sha');
  const revision = typeof sha === 'string' ? parseRevision(sha) : undefined;
  if (revision === undefined) throw new HubMisbehaved('answer', `The hub names no commit of ${o.repo}`);
  return revision;
}

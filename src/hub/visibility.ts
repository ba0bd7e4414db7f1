import { ask, field } from './ask.js';
import type { HubConnection } from './connection.js';
import { HubMisbehaved, hubDenied, repoMissing } from './failures.js';
import type { RepoId } from '../common/identifiers.js';
import { apiPath } from './repository.js';

export type Visibility = 'public' | 'private';

/**
 * Whether strangers can read our model repository.
 * @throws HealthTensorError REPO_MISSING
 */
export async function visibility(
  hub: HubConnection,
  repo: RepoId,
  signal?: AbortSignal,
): Promise<Visibility> {
  const answer = await ask(hub, `${apiPath('model', repo)}?expand=private`, { signal });
  if (!answer.ok) throw repoMissing(repo, `${answer.status} ${answer.message}`);
  const isPrivate = field(answer.body, 'private');
  if (typeof isPrivate !== 'boolean')
    throw new HubMisbehaved('answer', `The hub does not say whether ${repo} is private`);
  return isPrivate ? 'private' : 'public';
}

/**
 * Opens our model repository to strangers, or closes it.
 * @throws HealthTensorError HUB_DENIED when the token may not
 */
export async function setVisibility(
  hub: HubConnection,
  repo: RepoId,
  wanted: Visibility,
  signal?: AbortSignal,
): Promise<void> {
  const question = { method: 'PUT', json: { visibility: wanted }, repeatable: true, signal } as const;
  const answer = await ask(hub, `${apiPath('model', repo)}/settings`, question);
  if (!answer.ok) throw hubDenied(`making ${repo} ${wanted}: ${answer.status} ${answer.message}`);
}

import { reject, type Verdict } from '../common/verdict.js';
import { ask, field } from './ask.js';
import type { HubConnection } from './connection.js';
import type { ListRequest } from './list-files.js';
import { unavailable } from './paths-info.js';
import { apiPath } from './repository.js';

/**
 * Whether the hub has exactly this commit under exactly this name, open to everybody when it is a model. A data set
 * may be private: it is the operator's own.
 */
export async function checkRevision(hub: HubConnection, o: ListRequest): Promise<Verdict<object>> {
  const expand = ['sha', 'private', 'gated', 'disabled'].map((name) => `expand=${name}`).join('&');
  const path = `${apiPath(o.type, o.repo)}/revision/${o.revision}?${expand}`;
  const answer = await ask(hub, path, { signal: o.signal });
  if (!answer.ok) return unavailable(answer, `${o.repo} at ${o.revision}`);
  const { body } = answer;
  // A renamed repository answers under its new name: the commitment names another one.
  if (field(body, 'id') !== o.repo) return reject('REPO_UNAVAILABLE', `${o.repo} was renamed or moved`);
  // A branch may be named like a commit; then the hub resolves it to whatever the branch holds today.
  if (field(body, 'sha') !== o.revision) {
    return reject('REVISION_MISSING', `The hub takes ${o.revision} of ${o.repo} for another commit`);
  }
  if (field(body, 'disabled') === true) return reject('REPO_UNAVAILABLE', `${o.repo} is disabled`);
  if (o.type === 'model') {
    if (field(body, 'private') !== false) return reject('REPO_UNAVAILABLE', `${o.repo} is not public`);
    const gated = field(body, 'gated');
    if (gated !== false && gated !== undefined) return reject('REPO_UNAVAILABLE', `${o.repo} is gated`);
  }
  return { ok: true };
}

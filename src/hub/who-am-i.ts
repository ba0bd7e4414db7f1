import { ask, field } from './ask.js';
import type { HubConnection } from './connection.js';
import { HubMisbehaved, hubDenied } from './failures.js';

/**
 * Whose token ours is, and whether it may write somewhere.
 * @throws HealthTensorError HUB_DENIED without a token or with one that the hub does not know
 */
export async function whoAmI(
  hub: HubConnection,
  signal?: AbortSignal,
): Promise<{ name: string; canWrite: boolean }> {
  if (hub.token === undefined) throw hubDenied('no token is set');
  const answer = await ask(hub, '/api/whoami-v2', { signal });
  if (!answer.ok) throw hubDenied(`${answer.status} ${answer.message}`);
  const name = field(answer.body, 'name');
  if (typeof name !== 'string') throw new HubMisbehaved('answer', 'The hub does not say whose token ours is');
  return { name, canWrite: mayWrite(field(field(answer.body, 'auth'), 'accessToken')) };
}

/** A fine-grained token may write when any of its scopes says so: which repository, only an attempt can tell. */
function mayWrite(accessToken: unknown): boolean {
  const role = field(accessToken, 'role');
  if (role === 'write' || role === 'admin') return true;
  const scopes = field(field(accessToken, 'fineGrained'), 'scoped');
  if (role !== 'fineGrained' || !Array.isArray(scopes)) return false;
  return scopes.some((scope) => {
    const permissions = field(scope, 'permissions');
    return Array.isArray(permissions) && permissions.includes('repo.write');
  });
}

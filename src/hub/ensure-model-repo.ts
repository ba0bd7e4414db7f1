import { createRepo, HubApiError } from '@huggingface/hub';
import type { RepoId } from '../common/identifiers.js';
import { ask } from './ask.js';
import type { HubConnection } from './connection.js';
import { hubDenied, misread } from './failures.js';
import { apiPath } from './repository.js';

/**
 * Makes sure that our model repository exists; a new one is private, so that nobody can copy a model before its
 * author has committed to it on chain.
 * @throws HealthTensorError HUB_DENIED without a token, or when the name space is not ours
 */
export async function ensureModelRepo(hub: HubConnection, repo: RepoId, signal?: AbortSignal): Promise<void> {
  if (hub.token === undefined) throw hubDenied('no token is set');
  const there = await ask(hub, `${apiPath('model', repo)}?expand=private`, { signal });
  if (there.ok) return;
  try {
    await createRepo({
      repo: { type: 'model', name: repo },
      visibility: 'private',
      accessToken: hub.token,
      hubUrl: hub.endpoint,
      fetch: hub.transport.asFetch(signal),
    });
    hub.log.info(`Created the private model repository ${repo}`);
  } catch (error) {
    if (!(error instanceof HubApiError)) throw misread(error, `creating ${repo}`);
    // Another process of ours was quicker.
    if (error.statusCode === 409) return;
    throw hubDenied(`creating ${repo}: ${error.statusCode} ${error.message.slice(0, 200)}`);
  }
}

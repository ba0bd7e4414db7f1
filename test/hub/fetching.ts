import type { FetchedFile, FetchRequest, HubLimits, HubSettings } from '../../src/hub/index.js';
import type { Verdict } from '../../src/common/index.js';
import { impatientHub, REPO, REVISION, TOKEN, type HostileHub } from './hostile-hub.js';

export type Outcome = Verdict<{ files: FetchedFile[] }>;

export interface Change extends Partial<FetchRequest> {
  token?: string;
  limits?: Partial<HubLimits>;
  settings?: Partial<HubSettings>;
}

/** Fetches config.json and model.safetensors of the one repository, unless the change says otherwise. */
export async function hubFetch(server: HostileHub, directory: string, change: Change = {}): Promise<Outcome> {
  const { token = TOKEN, limits = {}, settings = {}, ...request } = change;
  const hub = impatientHub(server.url, { token, limits, ...settings });
  try {
    return await hub.fetchVerified({
      type: 'model',
      repo: REPO,
      revision: REVISION,
      files: [
        { path: 'config.json', maxBytes: 64 * 1024 },
        { path: 'model.safetensors', maxBytes: 32 * 1024 * 1024 },
      ],
      directory,
      deadlineMs: 30_000,
      ...request,
    });
  } finally {
    await hub.close();
  }
}

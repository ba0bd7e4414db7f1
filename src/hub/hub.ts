import type { RepoId, Revision } from '../common/identifiers.js';
import type { Verdict } from '../common/verdict.js';
import { openConnection, type HubConnection, type HubSettings } from './connection.js';
import { ensureModelRepo } from './ensure-model-repo.js';
import { fetchVerified, type FetchedFile, type FetchRequest } from './fetch-verified.js';
import { fetchFile, fetchHead, type FileRequest } from './fetch-file.js';
import { head, type HeadRequest } from './head.js';
import { listFiles, type ListRequest } from './list-files.js';
import { lookUp, type LookRequest } from './look-up.js';
import { publish, type PublishRequest } from './publish.js';
import type { RemoteFile } from './remote-file.js';
import { setVisibility, visibility, type Visibility } from './visibility.js';
import { whoAmI } from './who-am-i.js';

/**
 * One hub, asked as one user: whatever this object does carries its token. A validator therefore needs two: one with
 * the token for its private data set, and one for miners' models with no token or one that may read nothing private.
 */
export class Hub {
  readonly #hub: HubConnection;

  constructor(settings: HubSettings) {
    this.#hub = openConnection(settings);
  }

  /** Address without a trailing slash. */
  get endpoint(): string {
    return this.#hub.endpoint;
  }

  whoAmI(signal?: AbortSignal): Promise<{ name: string; canWrite: boolean }> {
    return whoAmI(this.#hub, signal);
  }

  ensureModelRepo(repo: RepoId, signal?: AbortSignal): Promise<void> {
    return ensureModelRepo(this.#hub, repo, signal);
  }

  visibility(repo: RepoId, signal?: AbortSignal): Promise<Visibility> {
    return visibility(this.#hub, repo, signal);
  }

  setVisibility(repo: RepoId, wanted: Visibility, signal?: AbortSignal): Promise<void> {
    return setVisibility(this.#hub, repo, wanted, signal);
  }

  publish(request: PublishRequest): Promise<Revision> {
    return publish(this.#hub, request);
  }

  head(request: HeadRequest): Promise<Revision> {
    return head(this.#hub, request);
  }

  listFiles(request: ListRequest): Promise<RemoteFile[]> {
    return listFiles(this.#hub, request);
  }

  fetchVerified(request: FetchRequest): Promise<Verdict<{ files: FetchedFile[] }>> {
    return fetchVerified(this.#hub, request);
  }

  lookUp(request: LookRequest): Promise<Verdict<{ files: RemoteFile[] }>> {
    return lookUp(this.#hub, request);
  }

  fetchHead(request: FileRequest & { readonly bytes: number }): Promise<Verdict<{ head: Uint8Array }>> {
    return fetchHead(this.#hub, request);
  }

  fetchFile(request: FileRequest): Promise<Verdict<{ sha256: string }>> {
    return fetchFile(this.#hub, request);
  }

  /** Lets idle connections go; without it they go by themselves after a few seconds. */
  close(): Promise<void> {
    return this.#hub.close();
  }
}

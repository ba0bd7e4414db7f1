import { createRepo, repoExists, uploadFiles } from '@huggingface/hub';
import { parseRevision, type RepoId, type Revision } from '../../src/common/index.js';
import { startLocalHub, type LocalHub } from '../../src/localnet/index.js';

export const DATASET_TOKEN = 'hf_datasetowner0001';

/** A hub whose user `clinic` may publish with DATASET_TOKEN. */
export function startDatasetHub(): Promise<LocalHub> {
  return startLocalHub({ port: 0, tokens: [{ token: DATASET_TOKEN, user: 'clinic', role: 'write' }] });
}

/** Publishes a private data set repository, as `clinic` or with a token; another call with its name commits once more. */
export async function publishDataset(
  hub: Pick<LocalHub, 'url'> & { readonly token?: string },
  files: Readonly<Record<string, Buffer | string>>,
  repo: RepoId,
): Promise<{ repo: RepoId; revision: Revision }> {
  const designation = { type: 'dataset', name: repo } as const;
  const access = { hubUrl: hub.url, accessToken: hub.token ?? DATASET_TOKEN };
  if (!(await repoExists({ repo: designation, ...access }))) {
    await createRepo({ repo: designation, private: true, ...access });
  }
  const uploaded = await uploadFiles({
    repo: designation,
    files: Object.entries(files).map(([path, content]) => ({
      path,
      content: new Blob([new Uint8Array(Buffer.from(content))]),
    })),
    useXet: false,
    ...access,
  });
  return { repo, revision: parseRevision(uploaded?.commit.oid ?? '') as Revision };
}

import { formatCommitment } from '../chain/index.js';
import { type Digest, type RepoId, type Revision } from '../common/index.js';
import type { Hub } from '../hub/index.js';
import { failed, failure, type Finding, ok } from './finding.js';

/** Who the token belongs to and what it may do; a validator needs one only for a private data set. */
export async function hubFindings(
  hub: Pick<Hub, 'whoAmI' | 'endpoint'>,
  o: { token: string | undefined; repo: RepoId | undefined; signal?: AbortSignal },
): Promise<Finding[]> {
  return [await tokenFinding(hub, o), { ...repoFinding(o.repo), role: 'miner' }];
}

const TOKEN_REMEDY =
  'Make a token with the role "write" in the settings of your Hub account and set ACCESS_TOKEN to it.';

async function tokenFinding(
  hub: Pick<Hub, 'whoAmI' | 'endpoint'>,
  { token, signal }: { token: string | undefined; signal?: AbortSignal },
): Promise<Finding> {
  if (token === undefined) {
    return {
      ...failure('hub-token', 'ACCESS_TOKEN is not set: nothing can be published', TOKEN_REMEDY),
      role: 'miner',
    };
  }
  try {
    const { name, canWrite } = await hub.whoAmI(signal);
    const text = `of ${name} at ${hub.endpoint}, may ${canWrite ? 'write' : 'only read'}`;
    return canWrite ? ok('hub-token', text) : { ...failure('hub-token', text, TOKEN_REMEDY), role: 'miner' };
  } catch (error) {
    signal?.throwIfAborted();
    return failed('hub-token', error);
  }
}

function repoFinding(repo: RepoId | undefined): Finding {
  if (repo === undefined) {
    const remedy = 'Set REPO_ID to the model repository to publish to, such as your-name/chest-xray.';
    return failure('repository', 'REPO_ID is not set', remedy);
  }
  try {
    formatCommitment({ repo, revision: '0'.repeat(40) as Revision, digest: 'A'.repeat(43) as Digest });
    return ok('repository', `${repo}: its id fits in a commitment`);
  } catch (error) {
    return failed('repository', error);
  }
}

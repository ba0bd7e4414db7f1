import { type Chain, formatCommitment } from '../chain/index.js';
import {
  type Digest,
  HealthTensorError,
  type Hotkey,
  type RepoId,
  type Revision,
  type Uid,
} from '../common/index.js';
import type { Hub } from '../hub/index.js';

/**
 * Throws when a commitment to this repository could not be put on chain, hours before there is a model.
 * @throws HealthTensorError COMMITMENT_TOO_LONG
 */
export function checkCommitmentFits(repo: RepoId): void {
  formatCommitment({ repo, revision: '0'.repeat(40) as Revision, digest: 'A'.repeat(43) as Digest });
}

/** The hotkey's uid. @throws HealthTensorError NOT_REGISTERED with what to type */
export async function checkRegistration(
  chain: Pick<Chain, 'uidOf'>,
  { netuid, hotkey, wallet }: { netuid: number; hotkey: Hotkey; wallet: { name: string; hotkey: string } },
): Promise<Uid> {
  const uid = await chain.uidOf(netuid, hotkey);
  if (uid !== undefined) return uid;
  const message = `Hotkey ${hotkey} (${wallet.name}/${wallet.hotkey}) is not registered on subnet ${netuid}.`;
  throw new HealthTensorError('NOT_REGISTERED', message, {
    remedy: `healthtensor register --netuid ${netuid} --wallet.name ${wallet.name} --wallet.hotkey ${wallet.hotkey}, on the same network (or btcli subnets register).`,
  });
}

/**
 * Whether the token may write and the repository is ours: it is created, privately, when it is missing.
 * @throws HealthTensorError HUB_DENIED, HUB_TOKEN_MISSING, HUB_TOKEN_READS_ONLY
 */
export async function checkHub(
  hub: Pick<Hub, 'whoAmI' | 'ensureModelRepo'>,
  { token, repo, signal }: { token: string | undefined; repo: RepoId; signal?: AbortSignal },
): Promise<{ name: string }> {
  const remedy =
    'Make a token with the role "write" in the settings of your Hub account and set ACCESS_TOKEN to it.';
  if (token === undefined || token === '') {
    throw new HealthTensorError(
      'HUB_TOKEN_MISSING',
      'There is no token to publish with: ACCESS_TOKEN is not set.',
      {
        remedy,
      },
    );
  }
  const { name, canWrite } = await hub.whoAmI(signal);
  if (!canWrite) {
    const message = `The token in ACCESS_TOKEN (of ${name}) may only read, so nothing can be published to ${repo}.`;
    throw new HealthTensorError('HUB_TOKEN_READS_ONLY', message, { remedy });
  }
  await hub.ensureModelRepo(repo, signal);
  return { name };
}

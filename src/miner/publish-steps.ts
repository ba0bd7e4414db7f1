import { type Chain, commitmentsLeft, explainBudget, formatCommitment, modelDigest } from '../chain/index.js';
import { HealthTensorError, type Log } from '../common/index.js';
import type { Hub } from '../hub/index.js';
import type { Outbox } from './outbox.js';
import type { Destination, Publication } from './publication.js';

export interface PublishContext {
  readonly destination: Destination;
  readonly outbox: Pick<Outbox, 'files'>;
  readonly hub: Pick<Hub, 'ensureModelRepo' | 'publish' | 'setVisibility'>;
  readonly chain: Pick<
    Chain,
    'blockNumber' | 'waitForBlock' | 'commitmentBudget' | 'commitments' | 'metagraph' | 'commit'
  >;
  readonly signer: Parameters<Chain['commit']>[0];
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Of a commitment: the revision, the digest and two blanks. */
const WITHOUT_REPO_BYTES = 40 + 43 + 2;

/** A failure that trying again will not mend. */
export class PublicationRefused extends HealthTensorError {}

/**
 * Takes a publication one stage further. Every stage may be repeated: the hub makes no second commit of the same
 * bytes, and a commitment that stands on chain is not sent again.
 */
export async function publishStep(publication: Publication, context: PublishContext): Promise<Publication> {
  switch (publication.stage) {
    case 'saved':
      return push(publication, context);
    case 'pushed':
      return commitOnChain(publication, context);
    case 'committed':
      await context.hub.setVisibility(context.destination.repo, 'public', context.signal);
      return { ...publication, stage: 'public' };
    case 'public':
      return publication;
  }
}

/**
 * One commit on the hub, in private. The repository is closed for later publications too: between the hub's commit
 * and the chain's, whoever read the weights could commit them under a hotkey of their own, be the earlier one, and
 * make the author the copier. Validators keep what they fetched, so that the older model goes on earning meanwhile.
 */
async function push(
  publication: Publication & { stage: 'saved' },
  { destination, hub, chain, outbox, log, signal }: PublishContext,
): Promise<Publication> {
  const { repo, netuid, hotkey } = destination;
  // Asked first: a chain that is down, or takes no more this epoch, must not leave the repository closed for as long.
  const budget = await chain.commitmentBudget(netuid, hotkey);
  if (budget !== undefined) {
    const bytes = Buffer.byteLength(repo) + WITHOUT_REPO_BYTES;
    const explained = explainBudget(budget, bytes);
    if (commitmentsLeft(budget, bytes) === 0) throw new HealthTensorError('COMMITMENT_SPACE', explained);
    log.info(explained);
  }
  await hub.ensureModelRepo(repo, signal);
  await hub.setVisibility(repo, 'private', signal);
  const revision = await hub.publish({
    repo,
    files: outbox.files(publication.folder),
    title: `Epoch ${publication.epoch}: validation loss ${publication.loss.toFixed(6)}`,
    signal,
  });
  return { ...publication, stage: 'pushed', revision };
}

async function commitOnChain(
  publication: Publication & { stage: 'pushed' },
  { destination, chain, signer, log, signal }: PublishContext,
): Promise<Publication> {
  const { repo, netuid, hotkey } = destination;
  const { revision, weightsSha256 } = publication;
  const text = formatCommitment({ repo, revision, digest: modelDigest(weightsSha256, hotkey) });
  const standing = await standingCommitment(chain, destination);
  if (standing?.text === text) {
    log.info(`The commitment of ${revision.slice(0, 8)} stands on chain since block ${standing.block}`);
    return { ...publication, stage: 'committed', commitBlock: standing.block };
  }
  for (;;) {
    const result = await chain.commit(signer, { netuid, text, signal });
    if (result.ok) return { ...publication, stage: 'committed', commitBlock: result.block };
    const message = `The chain did not take the commitment: ${result.name}: ${result.detail}`;
    if (!result.retryable) {
      throw new PublicationRefused('COMMITMENT_REFUSED', message, {
        remedy: result.remedy ?? `Check that ${hotkey} is still registered on subnet ${netuid}.`,
      });
    }
    const blocks = result.retryAfterBlocks ?? 1;
    log.warning(
      `${message}. Trying again in ${blocks} ${blocks === 1 ? 'block' : 'blocks'}; training goes on.`,
    );
    await chain.waitForBlock((await chain.blockNumber()) + blocks, signal);
  }
}

/** The hotkey's commitment as far as it still counts: one from before its registration does not. */
export async function standingCommitment(
  chain: Pick<Chain, 'commitments' | 'metagraph'>,
  { netuid, hotkey }: Pick<Destination, 'netuid' | 'hotkey'>,
): Promise<{ text: string | undefined; block: number } | undefined> {
  const commitments = await chain.commitments(netuid);
  const commitment = commitments.find((one) => one.hotkey === hotkey);
  if (commitment === undefined) return undefined;
  const { neurons } = await chain.metagraph(netuid);
  const registeredAt = neurons.find((one) => one.hotkey === hotkey)?.registrationBlock ?? 0;
  return commitment.block < registeredAt ? undefined : commitment;
}

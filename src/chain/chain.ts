import type { KeyringPair } from '@polkadot/keyring/types';
import { HealthTensorError } from '../common/errors.js';
import type { Uid } from '../common/identifiers.js';
import type { Log } from '../common/log.js';
import type { BlockState } from './block-state.js';
import type { ChainApi } from './chain-api.js';
import { type Charge, foreseeFee, readBalance, readCharge } from './charges.js';
import {
  type CommitmentBudget,
  commitmentsLeft,
  explainBudget,
  readCommitmentBudget,
} from './commitment-budget.js';
import { rawField } from './commitment-fields.js';
import { MAX_COMMITMENT_BYTES } from './commitment-text.js';
import { type Commitment, readCommitments } from './commitments.js';
import type { HeadFollower } from './head-follower.js';
import { type Hyperparameters, readHyperparameters } from './hyperparameters.js';
import { asBigInt, asHash, asNumber, asRecord } from './json-shape.js';
import { type Metagraph, readMetagraph } from './metagraph.js';
import type { RpcSocket } from './rpc-socket.js';
import { type IncludedSubmission, refusal, type SubmissionResult } from './submission.js';
import { SubmissionJournal } from './submission-journal.js';
import { readSubnetFacts, type SubnetFacts } from './subnet-facts.js';
import { Submitter } from './submitter.js';
import { type CommitOutcome, commitOutcome } from './reveal-watch.js';
import type { WeightCommit } from './weight-commit.js';
import { submitReveal, submitWeights, type WeightsResult, type WeightsToSet } from './weight-submission.js';
import { readWeights } from './weights.js';

/** One connection to a subtensor node: typed reads at pinned blocks, and submissions with typed results. */
export class Chain {
  readonly #socket: RpcSocket;
  readonly #heads: HeadFollower;
  readonly #submitter: Submitter;
  readonly #api: ChainApi;
  readonly #log: Log;
  readonly #eraBlocks: number;

  /** Use `connectChain`. */
  constructor(o: { socket: RpcSocket; heads: HeadFollower; api: ChainApi; eraBlocks: number; log: Log }) {
    this.#socket = o.socket;
    this.#heads = o.heads;
    this.#api = o.api;
    this.#log = o.log;
    this.#eraBlocks = o.eraBlocks;
    this.#submitter = new Submitter(o);
  }

  /** The address of the node that is used now. */
  get endpoint(): string {
    return this.#socket.endpoint;
  }

  /**
   * From now on every submission is written down in this file (JSON lines), and first of all it is found out what became
   * of those that an earlier process left there without an outcome. Only one process may use the file.
   */
  keepJournal(path: string): void {
    this.#submitter.keepJournal(new SubmissionJournal(path, { log: this.#log }));
  }

  /** Ends the connection. Idempotent; the process exits by itself afterwards. */
  async close(): Promise<void> {
    this.#heads.stop();
    await this.#socket.close();
  }

  /** Number of the best block. */
  async blockNumber(): Promise<number> {
    const header = asRecord(await this.#socket.request('chain_getHeader'), 'a header');
    return asNumber(header['number'], 'a block number');
  }

  /** Hash of block `n` on the best chain, 0x hex. @throws HealthTensorError BLOCK_MISSING when there is none yet. */
  async blockHash(n: number): Promise<string> {
    const hash = await this.#socket.request('chain_getBlockHash', [n]);
    if (hash !== null) return asHash(hash, 'a block hash');
    throw new HealthTensorError('BLOCK_MISSING', `The chain has no block ${n} yet`);
  }

  /**
   * Resolves with the head's number once it is at least `n`.
   * @throws HealthTensorError CHAIN_STALLED when there is no new block for too long; the signal's reason.
   */
  waitForBlock(n: number, signal?: AbortSignal): Promise<number> {
    return this.#heads.reach(n, signal);
  }

  /** The hotkey's uid on the subnet now; undefined when it is not registered. */
  async uidOf(netuid: number, hotkey: string): Promise<Uid | undefined> {
    const uid = await (await this.#api.head()).value('subtensorModule', 'uids', netuid, hotkey);
    return uid === undefined ? undefined : (asNumber(uid, 'a uid') as Uid);
  }

  /** All neurons of the subnet at the head. @throws HealthTensorError SUBNET_MISSING */
  async metagraph(netuid: number): Promise<Metagraph> {
    return readMetagraph(await this.#api.head(), netuid, this.#log);
  }

  /** Everybody's latest commitment, registered or not, at the head or at the block with this hash. */
  async commitments(netuid: number, blockHash?: string): Promise<Commitment[]> {
    const state = blockHash === undefined ? await this.#api.head() : await this.#api.at(blockHash);
    return readCommitments(state, netuid);
  }

  /** What the hotkey may still commit before the next epoch; undefined when the runtime does not tell. */
  async commitmentBudget(netuid: number, hotkey: string): Promise<CommitmentBudget | undefined> {
    return readCommitmentBudget(await this.#api.head(), netuid, hotkey);
  }

  /** @throws HealthTensorError SUBNET_MISSING */
  async hyperparameters(netuid: number): Promise<Hyperparameters> {
    return readHyperparameters(await this.#api.head(), netuid);
  }

  /** What the subnet is and demands, and the chain's clock, at the head. */
  async subnetFacts(netuid: number): Promise<SubnetFacts> {
    return readSubnetFacts(await this.#api.head(), netuid);
  }

  /** The weights that `uid` has set, as the chain stores them: [uid, value of 65535]. */
  async weights(netuid: number, uid: number): Promise<[uid: number, value: number][]> {
    return readWeights(await this.#api.head(), netuid, uid);
  }

  /** What the account can spend, in rao. */
  async balance(address: string): Promise<bigint> {
    return readBalance(await this.#api.head(), address);
  }

  /** What left an account in the block of one of its submissions. */
  async chargeIn({ block, blockHash }: IncludedSubmission, address: string): Promise<Charge> {
    return readCharge(await this.#stateAt(block - 1), await this.#api.at(blockHash), address);
  }

  /**
   * Sets weights of mechanism 0 after checking what the chain will check, in the way that the chain wants now: openly, or
   * committed and revealed later (docs/operations.md). `normaliseWeights` makes the values.
   * @throws HealthTensorError SUBNET_MISSING, NO_EPOCHS; outages before anything was sent
   */
  setWeights(signer: KeyringPair, o: WeightsToSet): Promise<WeightsResult> {
    const context = {
      api: this.#api,
      submitter: this.#submitter,
      eraBlocks: this.#eraBlocks,
      log: this.#log,
      stateAt: (block: number) => this.#stateAt(block),
    };
    return submitWeights(context, signer, o);
  }

  /**
   * Resolves once it is known what became of everything that the key has sent, also by an earlier process that was
   * killed: what is read from the chain afterwards has it all.
   * @throws HealthTensorError CHAIN_STALLED and outages; the signal's reason
   */
  settled(address: string, signal?: AbortSignal): Promise<void> {
    return this.#submitter.settled(address, signal);
  }

  /** Where a commit of weights stands now. @throws HealthTensorError on outages */
  commitOutcome(commit: WeightCommit): Promise<CommitOutcome> {
    return commitOutcome({ head: () => this.#api.head(), at: (n) => this.#stateAt(n) }, commit);
  }

  /** Reveals a salted commit whose window is open (`commitOutcome` says so). */
  revealWeights(signer: KeyringPair, commit: WeightCommit, signal?: AbortSignal): Promise<SubmissionResult> {
    return submitReveal({ api: this.#api, submitter: this.#submitter }, signer, commit, signal);
  }

  /**
   * Commits a text as one Raw field.
   * @throws HealthTensorError COMMITMENT_TOO_LONG over 128 bytes; outages before anything was sent
   */
  async commit(
    signer: KeyringPair,
    o: { netuid: number; text: string; signal?: AbortSignal },
  ): Promise<SubmissionResult> {
    const info = rawField(o.text);
    if (info === undefined) {
      const bytes = Buffer.byteLength(o.text);
      throw new HealthTensorError(
        'COMMITMENT_TOO_LONG',
        `The commitment is ${bytes} bytes, the chain takes ${MAX_COMMITMENT_BYTES}`,
        { remedy: 'Use a repository with a shorter id.' },
      );
    }
    const { netuid, text } = o;
    const prepare = async (head: BlockState) => {
      const budget = await readCommitmentBudget(head, netuid, signer.address);
      const bytes = Buffer.byteLength(text);
      if (budget !== undefined && commitmentsLeft(budget, bytes) === 0)
        return { refused: refusal('rejected', 'SpaceLimitExceeded', explainBudget(budget, bytes)), netuid };
      return { call: this.#api.call('commitments', 'setCommitment', { netuid, info }) };
    };
    return this.#submitter.submit(signer, prepare, o.signal);
  }

  /**
   * Registers a hotkey; the signing coldkey pays the burn, at most `limitRao`. Without a limit it pays up to a third over
   * the present price: somebody's registration just before ours raises it by 26 %. A runtime that knows no limit is
   * held to it by a look at the price just before sending.
   */
  registerHotkey(
    coldkey: KeyringPair,
    o: { netuid: number; hotkey: string; limitRao?: bigint; signal?: AbortSignal },
  ): Promise<SubmissionResult> {
    const { netuid, hotkey } = o;
    const prepare = async (head: BlockState) => {
      const burnRao = asBigInt((await head.value('subtensorModule', 'burn', netuid)) ?? 0, 'Burn');
      const limitPrice = o.limitRao ?? (burnRao * 4n) / 3n;
      if (burnRao > limitPrice) {
        const detail = `the price is ${burnRao} rao, the limit ${limitPrice}`;
        return { refused: refusal('rejected', 'RegistrationPriceLimitExceeded', detail) };
      }
      return { call: this.#registration({ netuid, hotkey, limitPrice }) };
    };
    return this.#submitter.submit(coldkey, prepare, o.signal);
  }

  /** The fee of a registration, as the chain reckons it now; undefined when it does not tell. */
  async registrationFee(o: { netuid: number; hotkey: string; coldkey: string }): Promise<bigint | undefined> {
    const head = await this.#api.head();
    return foreseeFee(this.#api, head, this.#registration({ ...o, limitPrice: 0n }), o.coldkey);
  }

  #registration(args: { netuid: number; hotkey: string; limitPrice: bigint }) {
    const hasLimit = this.#api.hasCall('subtensorModule', 'registerLimit');
    return this.#api.call('subtensorModule', hasLimit ? 'registerLimit' : 'burnedRegister', args);
  }

  /** Stakes `amountRao` of the signing coldkey on a hotkey on the subnet. */
  addStake(
    coldkey: KeyringPair,
    o: { netuid: number; hotkey: string; amountRao: bigint; signal?: AbortSignal },
  ): Promise<SubmissionResult> {
    const { netuid, hotkey, amountRao } = o;
    const args = { netuid, hotkey, amountStaked: amountRao };
    const call = () => this.#api.call('subtensorModule', 'addStake', args);
    return this.#submitter.submit(coldkey, () => Promise.resolve({ call: call() }), o.signal);
  }

  async #stateAt(block: number): Promise<BlockState> {
    return this.#api.at(await this.blockHash(block));
  }
}

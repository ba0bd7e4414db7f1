import type { ApiPromise } from '@polkadot/api';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import { stringCamelCase } from '@polkadot/util';
import { HealthTensorError } from '../common/errors.js';
import { type Log, silentLog } from '../common/log.js';
import { connectApi } from './api-connection.js';
import { BlockState } from './block-state.js';
import { asHash } from './json-shape.js';
import type { RpcSocket } from './rpc-socket.js';

/** The API of @polkadot/api for the runtime of the moment; a new one takes over when the chain upgrades. */
export class ChainApi {
  readonly #socket: RpcSocket;
  readonly #log: Log;
  #api: ApiPromise;
  #upgrade: Promise<void> | undefined;

  private constructor(socket: RpcSocket, api: ApiPromise, log: Log) {
    this.#socket = socket;
    this.#api = api;
    this.#log = log;
  }

  /** @throws HealthTensorError NOT_SUBTENSOR; outages */
  static async open(socket: RpcSocket, log: Log = silentLog): Promise<ChainApi> {
    return new ChainApi(socket, await connectApi(socket), log);
  }

  get now(): ApiPromise {
    return this.#api;
  }

  /** The state at the best block. Calls that are made afterwards are in the terms of its runtime. */
  async head(): Promise<BlockState> {
    const state = await this.at(asHash(await this.#socket.request('chain_getBlockHash'), 'the head'));
    if (state.specVersion > this.#specVersion) {
      this.#upgrade ??= this.#renew().finally(() => (this.#upgrade = undefined));
      await this.#upgrade;
    }
    return state;
  }

  at(hash: string): Promise<BlockState> {
    return BlockState.at(this.#api, (method, params) => this.#socket.request(method, params), hash);
  }

  hasCall(pallet: string, name: string): boolean {
    return this.#api.tx[pallet]?.[name] !== undefined;
  }

  /**
   * A call whose arguments are given by name (camelCase), in whatever order this release wants them.
   * @throws HealthTensorError CALL_UNKNOWN when the call, or one of the arguments it wants, is not known.
   */
  call(
    pallet: string,
    name: string,
    args: Readonly<Record<string, unknown>>,
  ): SubmittableExtrinsic<'promise'> {
    const create = this.#api.tx[pallet]?.[name];
    if (create === undefined) throw this.#unknownCall(pallet, name, 'does not exist');
    const ordered = create.meta.args.map((field) => {
      const key = stringCamelCase(field.name.toString());
      if (!Object.hasOwn(args, key)) throw this.#unknownCall(pallet, name, `wants an argument "${key}"`);
      return args[key];
    });
    return create(...ordered);
  }

  get #specVersion(): number {
    return this.#api.runtimeVersion.specVersion.toNumber();
  }

  async #renew(): Promise<void> {
    const before = this.#specVersion;
    this.#api = await connectApi(this.#socket);
    this.#log.info(`The chain's runtime was upgraded from spec ${before} to ${this.#specVersion}`);
  }

  #unknownCall(pallet: string, name: string, problem: string): HealthTensorError {
    return new HealthTensorError(
      'CALL_UNKNOWN',
      `The call ${pallet}.${name} ${problem} in the chain's runtime (spec ${this.#specVersion})`,
      { remedy: 'Check the network, or update HealthTensor.' },
    );
  }
}

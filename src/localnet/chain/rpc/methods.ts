import type { LocalChain } from '../chain.js';
import type { Connection } from './connection.js';
import type { Parameters } from './parameters.js';

/** Answers one request; what it throws as RpcError goes to the client as it is. */
export type Method = (chain: LocalChain, parameters: Parameters, connection: Connection) => unknown;

export type MethodTable = Readonly<Record<string, Method>>;

/** Ends a subscription, whatever it was of. */
export const unsubscribe: Method = (_chain, parameters, connection) =>
  connection.unsubscribe(parameters.raw(0));

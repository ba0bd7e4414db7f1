import type { Invalid } from './validity.js';

/** A JSON-RPC error: what the node answers instead of a result. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
    this.data = data;
  }
}

const REASONS: Readonly<Record<Exclude<Invalid['reason'], 'custom'>, string>> = {
  'bad-proof': 'Transaction has a bad signature',
  stale: 'Transaction is outdated',
  future: 'Transaction will be valid in the future',
  payment: 'Inability to pay some fees (e.g. account balance too low)',
  'ancient-birth-block': 'Transaction birth block ancient',
  call: 'Transaction call is not expected',
};

/** The pool's answer to an invalid transaction, in the words of Substrate's author RPC. */
export function invalidTransaction(invalid: Invalid): RpcError {
  const data = invalid.reason === 'custom' ? `Custom error: ${invalid.code}` : REASONS[invalid.reason];
  return new RpcError(1010, 'Invalid Transaction', data);
}

export function alreadyImported(hash: string): RpcError {
  return new RpcError(1013, 'Transaction Already Imported', hash);
}

export function priorityTooLow(priority: bigint, existing: bigint): RpcError {
  return new RpcError(
    1014,
    `Priority is too low: (${priority} vs ${existing})`,
    'The transaction has too low priority to replace another transaction already in the pool.',
  );
}

export function poolFull(): RpcError {
  return new RpcError(
    1016,
    'Immediately Dropped',
    "The transaction couldn't enter the pool because of the limit",
  );
}

export function undecodable(detail: string): RpcError {
  return new RpcError(
    1002,
    'Verification Error: Runtime error: Execution failed: the extrinsic cannot be decoded',
    detail,
  );
}

import { catalogueEntry } from './error-catalogue.js';
import type { RpcError } from './rpc-errors.js';
import { type FailedSubmission, refusal } from './submission.js';

/** Subtensor's own reasons for "Custom error: N": common/src/transaction_error.rs, in order from 0. */
const CUSTOM_ERRORS = [
  'ColdkeyInSwapSchedule',
  'StakeAmountTooLow', // weights: NotEnoughStakeToSetWeights
  'BalanceTooLow',
  'SubnetNotExists',
  'HotkeyAccountDoesntExist',
  'NotEnoughStakeToWithdraw',
  'RateLimitExceeded',
  'InsufficientLiquidity',
  'SlippageTooHigh',
  'TransferDisallowed',
  'HotKeyNotRegisteredInNetwork',
  'InvalidIpAddress',
  'ServingRateLimitExceeded',
  'InvalidPort',
  'ZeroMaxAmount',
  'InvalidRevealRound',
  'CommitNotFound',
  'CommitBlockNotInRevealRange',
  'InputLengthsUnequal',
  'UidNotFound', // the hotkey is not registered on the subnet
  'EvmKeyAssociateRateLimitExceeded',
  'ColdkeySwapDisputed',
  'InvalidRealAccount',
  'FailedShieldedTxParsing',
  'InvalidShieldedTxPubKeyHash',
  'NonAssociatedColdKey',
  'DelegateTakeTooLow',
  'DelegateTakeTooHigh',
] as const;

/** Substrate's words for standard refusals (sp_runtime InvalidTransaction), as its nodes print them or as JSON. */
const INVALID: readonly (readonly [pattern: RegExp, name: string, detail: string])[] = [
  [/inability to pay|"?payment"?/i, 'Payment', 'the account cannot pay the fee'],
  [/bad signature|badproof/i, 'BadProof', 'the signature is not valid for this chain and runtime'],
  [/outdated|stale/i, 'Stale', 'its nonce was used already'],
  [/valid in the future|^"?future/i, 'Future', 'an earlier transaction of the same key is missing'],
  [/ancient birth block/i, 'AncientBirthBlock', 'its era has ended'],
  [/exhaust/i, 'ExhaustsResources', 'the block is full'],
  [/call is not expected|"call"/i, 'Call', 'the call is not allowed here'],
  [/mandatory/i, 'BadMandatory', 'the call is not allowed here'],
  [/signing address|badsigner/i, 'BadSigner', 'the signing account is not valid'],
];

/** Codes of the transaction pool besides 1010 (sc-rpc-api author errors). */
const POOL_CODES: Readonly<Record<number, readonly [name: string, detail: string]>> = {
  1011: ['UnknownValidity', 'the node could not judge it'],
  1012: ['TemporarilyBanned', 'the node refused the same bytes a short while ago'],
  1013: ['AlreadyImported', 'the node has it already'],
  1014: ['AlreadyPending', 'another submission of this key with the same nonce is waiting in the pool'],
  1015: ['CycleDetected', 'it depends on itself'],
  1016: ['PoolFull', 'the node has no room for it now'],
  1018: ['Unactionable', 'the node cannot include it'],
};

/** What a node's refusal of an extrinsic means. */
export function poolRejection(error: RpcError): FailedSubmission {
  const rejected = (name: string, reason: string, code = error.rpcCode): FailedSubmission => ({
    ...refusal('rejected', name, `${reason} (${error.message})`),
    code,
  });
  if (error.rpcCode !== 1010) {
    const [name, detail] = POOL_CODES[error.rpcCode] ?? [`Rpc${error.rpcCode}`, 'the node refused it'];
    return rejected(name, detail);
  }
  const custom = customCode(error.data);
  if (custom === 255) return rejected('BadRequest', 'the node refused the request as malformed', custom);
  if (custom !== undefined) {
    const name = CUSTOM_ERRORS[custom] ?? `Custom${custom}`;
    return rejected(name, catalogueEntry(name)?.cause ?? 'refused before inclusion', custom);
  }
  const known = INVALID.find(([pattern]) => pattern.test(error.data));
  return known === undefined
    ? rejected('InvalidTransaction', 'the node refused it')
    : rejected(known[1], known[2]);
}

/** `Custom error: 6` of a node, `{"invalid":{"custom":6}}` of chopsticks. */
function customCode(data: string): number | undefined {
  const digits = /custom(?: error)?"?\s*:\s*(\d{1,3})/i.exec(data)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

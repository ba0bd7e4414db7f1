/**
 * When the same submission can succeed. `never`: not before somebody has mended something. `rate-limit` and `epoch`: when
 * that is over, as the chain counts it. A number: after so many blocks, by experience.
 */
export type Retry = 'never' | 'rate-limit' | 'epoch' | number;

export interface CatalogueEntry {
  readonly cause: string;
  /** What to do or type. */
  readonly remedy: string;
  readonly retry: Retry;
}

const REGISTER = 'Register the hotkey: healthtensor register, or btcli subnets register.';
const UPDATE = 'Update HealthTensor; if it is the newest, report this.';
const REPORT = 'Report this, with the log.';
const CLOCK = 'Nothing; it is sent again.';
const STAKE = 'Add stake to the hotkey: btcli stake add.';
const FUND = 'Put TAO on the signing account, or register with a coldkey that has some.';
const WAIT = 'Wait; it is tried again when the time is over.';
const NETUID = 'Check --netuid and --subtensor.network.';

const entry = (cause: string, retry: Retry, remedy: string): CatalogueEntry => ({ cause, retry, remedy });

/**
 * Every reason for which a submission of ours does not succeed: errors of the pallets as subtensor spells them, reasons of
 * the transaction pool, and our own. docs/operations.md repeats it.
 */
export const ERROR_CATALOGUE: Readonly<Record<string, CatalogueEntry>> = {
  // Weights (subtensor subnets/weights.rs)
  SettingWeightsTooFast: entry(
    'weights were set or committed less than the rate limit ago',
    'rate-limit',
    WAIT,
  ),
  CommittingWeightsTooFast: entry(
    'weights were set or committed less than the rate limit ago',
    'rate-limit',
    WAIT,
  ),
  RateLimitExceeded: entry('too soon after the last time', 'rate-limit', WAIT),
  TxRateLimitExceeded: entry('too soon after the last time', 'rate-limit', WAIT),
  NeuronNoValidatorPermit: entry(
    'no validator permit; each epoch gives them to the highest stakes',
    'epoch',
    STAKE,
  ),
  NotEnoughStakeToSetWeights: entry('less stake than the threshold', 'never', STAKE),
  StakeAmountTooLow: entry('less stake than needed; for weights: than the threshold', 'never', STAKE),
  IncorrectWeightVersionKey: entry('the subnet wants weights of a newer version', 'never', UPDATE),
  HotKeyNotRegisteredInSubNet: entry('the hotkey has no uid on the subnet', 'never', REGISTER),
  HotKeyNotRegisteredInNetwork: entry('the hotkey has no uid on the subnet', 'never', REGISTER),
  UidNotFound: entry('the hotkey has no uid on the subnet', 'never', REGISTER),
  CommitRevealEnabled: entry('the subnet has just switched commit-reveal on', 1, CLOCK),
  CommitRevealDisabled: entry('the subnet has just switched commit-reveal off', 1, CLOCK),
  IncorrectCommitRevealVersion: entry('the chain wants another form of commit-reveal', 'never', UPDATE),
  InvalidRevealRound: entry('the round of drand is over already', 1, CLOCK),
  TooManyUnrevealedCommits: entry('ten commits wait for their reveal', 'epoch', WAIT),
  CommitNotFound: entry('there is no commit that this reveals', 'never', WAIT),
  NoWeightsCommitFound: entry('there is no commit that this reveals', 'never', WAIT),
  InvalidRevealCommitHashNotMatch: entry('what is revealed is not what was committed', 'never', REPORT),
  RevealTooEarly: entry('the epoch of the reveal has not begun', 'epoch', WAIT),
  CommitBlockNotInRevealRange: entry('the epoch of the reveal has not begun, or is over', 'epoch', WAIT),
  ExpiredWeightCommit: entry(
    'the epoch of the reveal is over',
    'never',
    'Nothing; the next commit takes its place.',
  ),
  AllZeroWeights: entry(
    'every weight is zero',
    'never',
    'Nothing; weights are set once a miner has a score.',
  ),
  WeightVecLengthIsLow: entry(
    'the subnet wants weights for more uids',
    'never',
    'Wait for more scored miners.',
  ),
  WeightVecNotEqualSize: entry('not as many weights as uids', 'never', REPORT),
  InputLengthsUnequal: entry('not as many weights as uids', 'never', REPORT),
  DuplicateUids: entry('a uid appears twice', 'never', REPORT),
  MaxWeightExceeded: entry('a weight is above the limit of the subnet', 'never', UPDATE),
  UidVecContainInvalidOne: entry('a uid has vanished from the subnet meanwhile', 1, CLOCK),
  UidsLengthExceedUidsInSubNet: entry('uids have vanished from the subnet meanwhile', 1, CLOCK),
  MechanismDoesNotExist: entry('the subnet has no such mechanism', 'never', NETUID),
  SubnetNotExists: entry('there is no such subnet', 'never', NETUID),
  CanNotSetRootNetworkWeights: entry('the root network takes no weights', 'never', NETUID),
  // Commitments
  SpaceLimitExceeded: entry('the bytes for commitments of this epoch are used up', 'epoch', WAIT),
  CommitmentSetRateLimitExceeded: entry(
    'too soon after the last commitment (older chains)',
    'rate-limit',
    WAIT,
  ),
  AccountNotAllowedCommit: entry('the hotkey has no uid on the subnet', 'never', REGISTER),
  TooManyFieldsInCommitmentInfo: entry('the commitment has too many fields', 'never', REPORT),
  UnexpectedUnreserveLeftover: entry(
    'the deposit of an earlier commitment cannot be returned',
    'never',
    REPORT,
  ),
  // Registration and stake
  HotKeyAlreadyRegisteredInSubNet: entry(
    'the hotkey has a uid already',
    'never',
    'Nothing; start the miner or validator.',
  ),
  RegistrationPriceLimitExceeded: entry(
    'the price is above the limit; it falls with time',
    25,
    'Wait, or allow a higher price.',
  ),
  SubNetRegistrationDisabled: entry('the subnet takes no registrations', 'never', "Ask the subnet's owner."),
  RegistrationNotPermittedOnRootSubnet: entry('the root network has no miners', 'never', NETUID),
  NoNeuronIdAvailable: entry('every uid is taken by a neuron that is still immune', 'epoch', WAIT),
  TooManyRegistrationsThisBlock: entry('the block has enough registrations (older chains)', 1, WAIT),
  TooManyRegistrationsThisInterval: entry(
    'the interval has enough registrations (older chains)',
    'epoch',
    WAIT,
  ),
  NonAssociatedColdKey: entry(
    'the hotkey belongs to another coldkey',
    'never',
    'Sign with its own coldkey, or make a new hotkey.',
  ),
  NotEnoughBalanceToStake: entry('the coldkey has too little TAO', 'never', FUND),
  BalanceTooLow: entry('the account has too little TAO', 'never', FUND),
  Payment: entry('the account cannot pay the fee', 'never', FUND),
  HotkeyAccountDoesntExist: entry('the chain does not know the hotkey', 'never', REGISTER),
  NotEnoughStakeToWithdraw: entry('there is less stake than was to be taken out', 'never', 'Take out less.'),
  InsufficientLiquidity: entry(
    "the subnet's pool is too small for this amount",
    'never',
    'Use a smaller amount.',
  ),
  SlippageTooHigh: entry('the price moved too far', 'never', 'Use a smaller amount.'),
  ZeroMaxAmount: entry('at this price nothing can be staked', 'never', 'Allow another price.'),
  TransferDisallowed: entry('the subnet forbids the transfer of stake', 'never', "Ask the subnet's owner."),
  ColdkeyInSwapSchedule: entry('the coldkey is about to be swapped', 'never', 'Wait for the swap to end.'),
  ColdkeySwapDisputed: entry('a swap of the coldkey is disputed', 'never', 'Wait for the dispute to end.'),
  // Serving, delegation and other calls whose reasons share the pool's codes
  ServingRateLimitExceeded: entry('too soon after the last announcement', 'rate-limit', WAIT),
  InvalidIpAddress: entry('the address is not one that others can reach', 'never', REPORT),
  InvalidPort: entry('port 0 cannot be announced', 'never', REPORT),
  EvmKeyAssociateRateLimitExceeded: entry(
    'too soon after the last association of an EVM key',
    'rate-limit',
    WAIT,
  ),
  InvalidRealAccount: entry('the proxied account is not valid', 'never', REPORT),
  FailedShieldedTxParsing: entry('the shielded transaction cannot be read', 'never', REPORT),
  InvalidShieldedTxPubKeyHash: entry('the shielded transaction has an old key', 'never', REPORT),
  DelegateTakeTooLow: entry('the take is below the least', 'never', REPORT),
  DelegateTakeTooHigh: entry('the take is above the most', 'never', REPORT),
  // The transaction pool
  AlreadyPending: entry(
    'another submission of this key with the same nonce waits in the pool',
    2,
    'Run only one process with a key; it is sent again.',
  ),
  Stale: entry(
    'another submission of this key has used the nonce',
    1,
    'Run only one process with a key; it is sent again.',
  ),
  Future: entry('an earlier submission of this key is missing', 1, CLOCK),
  AncientBirthBlock: entry('its era has ended', 1, CLOCK),
  ExhaustsResources: entry('the block is full', 1, CLOCK),
  PoolFull: entry('the node has no room for it now', 5, CLOCK),
  TemporarilyBanned: entry('the node refused the same bytes a short while ago', 150, CLOCK),
  UnknownValidity: entry('the node could not judge it', 1, CLOCK),
  BadProof: entry('the signature is not valid for this chain and runtime', 'never', NETUID),
  BadSigner: entry('the signing account is not valid', 'never', 'Check --wallet.name and --wallet.hotkey.'),
  BadMandatory: entry('the call is not allowed here', 'never', REPORT),
  Call: entry('the call is not allowed here', 'never', REPORT),
  BadRequest: entry('the chain refused the request without saying why', 'never', REPORT),
  CycleDetected: entry('it depends on itself', 'never', REPORT),
  Unactionable: entry(
    'the node cannot include it',
    'never',
    'Choose another node with --subtensor.chain_endpoint.',
  ),
  InvalidTransaction: entry('the node refused it for a reason that is not known here', 'never', UPDATE),
  // What we say ourselves
  EraEnded: entry('it was in no block of its era', 1, CLOCK),
  CHAIN_STALLED: entry(
    'the chain stood still; what became of it is looked up later',
    1,
    'Check the node, or add another with --subtensor.chain_endpoint.',
  ),
  NoOutcome: entry(
    'its block does not tell how it ended',
    'never',
    'Choose another node with --subtensor.chain_endpoint.',
  ),
  UnknownModuleError: entry('an error that the metadata does not describe', 'never', UPDATE),
};

/** What is known about a reason; undefined for one that nobody has met yet. */
export function catalogueEntry(name: string): CatalogueEntry | undefined {
  return Object.hasOwn(ERROR_CATALOGUE, name) ? ERROR_CATALOGUE[name] : undefined;
}

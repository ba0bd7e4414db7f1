export { addressOf, publicKeyOf } from './addresses.js';
export { formatCommitment, MAX_REPO_ID_BYTES, modelDigest, parseCommitment } from './commitment-text.js';
export { endpointOf } from './endpoints.js';
export { addKey, createWallet, type NewKey, type NewWallet } from './wallet/create.js';
export { addressOfKey, loadHotkey, withColdkey } from './wallet/load-key.js';
export { listWallets, type WalletLocation } from './wallet/layout.js';
export type { AskPassword, KeyOpening, UnlockOptions } from './wallet/open-key.js';
export { type KeyReport, reportWallets, type WalletReport } from './wallet/wallet-report.js';
export { type ChainWeights, normaliseWeights, sameWeights } from './weights.js';
export { Chain } from './chain.js';
export { connectChain, type ConnectOptions } from './connect.js';
export { endOnStandstill } from './standstill.js';
export { type CommitmentBudget, commitmentsLeft, explainBudget } from './commitment-budget.js';
export type { Commitment } from './commitments.js';
export type { Hyperparameters } from './hyperparameters.js';
export type { Metagraph, Neuron } from './metagraph.js';
export {
  describeCharge,
  explainRefusal,
  registrationObstacle,
  type RegistrationTerms,
  registrationTerms,
} from './registration.js';
export type { SubnetFacts } from './subnet-facts.js';
export type { FailedSubmission, IncludedSubmission, SubmissionResult } from './submission.js';
export { ERROR_CATALOGUE } from './error-catalogue.js';
export { formatTao } from './tao.js';
export type { CommitOutcome } from './reveal-watch.js';
export type { WeightCommit } from './weight-commit.js';
export type { WeightsResult } from './weight-submission.js';
export { NEWEST_COMMIT_REVEAL_VERSION } from './weight-method.js';

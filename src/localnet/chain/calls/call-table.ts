import { ADMIN_UTILS_CALLS } from './admin-utils/setters.js';
import { transferAllowDeath, transferKeepAlive } from './balances.js';
import type { Call, RuntimeCall } from './call.js';
import { setCommitment, setMaxSpace } from './commitments/set-commitment.js';
import { writePulse } from './drand/write-pulse.js';
import { commitMechanismWeights, commitWeights } from './subtensor/commit-legacy.js';
import {
  commitCrv3MechanismWeights,
  commitTimelockedMechanismWeights,
  commitTimelockedWeights,
} from './subtensor/commit-timelocked.js';
import { burnedRegister, registerLimit } from './subtensor/registration.js';
import { revealMechanismWeights, revealWeights } from './subtensor/reveal-legacy.js';
import { serveAxon } from './subtensor/serving.js';
import { addStake } from './subtensor/stake.js';
import { registerNetwork } from './subtensor/network-registration.js';
import { startCall } from './subtensor/start-call.js';
import { setActivityCutoffFactor, setTempo, triggerEpoch } from './subtensor/tempo-control.js';
import { setMechanismWeights, setWeights } from './subtensor/weights.js';

/** A remark does nothing but cost its fee. */
const remark: Call<unknown> = { class: 'Normal', pays: true, dispatch: () => undefined };

/** Every call that an account may sign. Their arguments were decoded by the types of the same metadata. */
const CALLS: Readonly<Record<string, Call<never>>> = {
  'System.remark': remark,
  'Balances.transfer_allow_death': transferAllowDeath,
  'Balances.transfer_keep_alive': transferKeepAlive,
  'SubtensorModule.set_weights': setWeights,
  'SubtensorModule.set_mechanism_weights': setMechanismWeights,
  'SubtensorModule.add_stake': addStake,
  'SubtensorModule.serve_axon': serveAxon,
  'SubtensorModule.register': burnedRegister,
  'SubtensorModule.burned_register': burnedRegister,
  'SubtensorModule.register_limit': registerLimit,
  'SubtensorModule.commit_weights': commitWeights,
  'SubtensorModule.reveal_weights': revealWeights,
  'SubtensorModule.commit_timelocked_weights': commitTimelockedWeights,
  'SubtensorModule.commit_mechanism_weights': commitMechanismWeights,
  'SubtensorModule.reveal_mechanism_weights': revealMechanismWeights,
  'SubtensorModule.commit_crv3_mechanism_weights': commitCrv3MechanismWeights,
  'SubtensorModule.commit_timelocked_mechanism_weights': commitTimelockedMechanismWeights,
  'Drand.write_pulse': writePulse,
  'SubtensorModule.register_network': registerNetwork,
  'SubtensorModule.start_call': startCall,
  'SubtensorModule.set_tempo': setTempo,
  'SubtensorModule.set_activity_cutoff_factor': setActivityCutoffFactor,
  'SubtensorModule.trigger_epoch': triggerEpoch,
  ...ADMIN_UTILS_CALLS,
  'Commitments.set_commitment': setCommitment,
  'Commitments.set_max_space': setMaxSpace,
};

/** The call's rules, or undefined for one that nobody may sign (Timestamp.set). */
export function callRules(call: RuntimeCall): Call<unknown> | undefined {
  return CALLS[`${call.pallet}.${call.name}`];
}

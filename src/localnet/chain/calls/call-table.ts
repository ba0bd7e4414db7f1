import { transferAllowDeath, transferKeepAlive } from './balances.js';
import type { Call, RuntimeCall } from './call.js';
import { setCommitment } from './commitments.js';
import { burnedRegister, registerLimit } from './subtensor/registration.js';
import { serveAxon } from './subtensor/serving.js';
import { addStake } from './subtensor/stake.js';
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
  'Commitments.set_commitment': setCommitment,
};

/** The call's rules, or undefined for one that nobody may sign (Timestamp.set). */
export function callRules(call: RuntimeCall): Call<unknown> | undefined {
  return CALLS[`${call.pallet}.${call.name}`];
}

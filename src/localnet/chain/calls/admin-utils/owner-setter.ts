import type { StorageReader } from '../../state/storage.js';
import type { Call, CallContext } from '../call.js';
import { DispatchFailure, ensureSubtensor, type DispatchErrorName } from '../dispatch-error.js';
import { ensureOwner, ensureWindowOpen } from '../subtensor/owner-window.js';
import { ownerDid, ownerMay, type OwnerAction } from '../subtensor/rate-limits.js';

export interface OwnerSetter<Arguments extends { readonly netuid: number }> {
  /** What is limited in rate. */
  readonly action: OwnerAction;
  /** Why the value cannot be; undefined when it can. */
  error?(storage: StorageReader, args: Arguments): DispatchErrorName | undefined;
  /** Writes the value and tells of it. */
  set(context: CallContext, args: Arguments): void;
}

/**
 * A setter for a subnet's owner, with the checks of all of them in the order of the runtime: the owner's signature, the
 * rate limit, no epoch about to come, then the value. That the subnet exists needs no check: without one nobody owns it.
 */
export function ownerSetter<Arguments extends { readonly netuid: number }>(
  setter: OwnerSetter<Arguments>,
): Call<Arguments> {
  return {
    class: 'Normal',
    pays: true,
    dispatch(context, owner, args) {
      const { storage, block } = context;
      const { netuid } = args;
      ensureOwner(storage, owner, netuid);
      const inTime = ownerMay(storage, { netuid, owner }, setter.action, block);
      ensureSubtensor(inTime ? undefined : 'TxRateLimitExceeded');
      ensureWindowOpen(storage, netuid, block);
      const error = setter.error?.(storage, args);
      if (error !== undefined) throw new DispatchFailure(error);
      setter.set(context, args);
      ownerDid(storage, { netuid, owner }, setter.action, block);
    },
  };
}

/** A setter that only root may call: whoever signs it is refused, the owner too. */
export const rootOnly: Call<unknown> = {
  class: 'Normal',
  pays: true,
  dispatch() {
    throw new DispatchFailure({ other: 'BadOrigin' });
  },
};

import { CallFailed } from './chain.mjs';

/** The shortest tempo an owner may set. */
const TEMPO = 360;
/** Blocks in which a change that is not allowed yet is tried again. */
const TRIES = 120;

/** Creates a subnet of //Alice, starts it and sets it up for plain weights; returns its netuid. */
export async function createSubnet(chain) {
  const { api, send } = chain;
  const alice = chain.key('//Alice');
  const hotkey = chain.key('//Alice//subnet').address;
  const events = await send(api.tx.subtensorModule.registerNetwork(hotkey), alice);
  const added = events.find(
    ({ section, method }) => section === 'subtensorModule' && method === 'NetworkAdded',
  );
  const netuid = Number(added.data[0].toString());
  await openWindow(chain, alice);
  const patiently = (call) => whenAllowed(chain, call, alice);
  await patiently(api.tx.subtensorModule.startCall(netuid));
  // Fast blocks come with a tempo of 10: validators would count as silent after half a minute.
  const tempo = await api.query.subtensorModule.tempo(netuid);
  if (Number(tempo) < TEMPO && api.tx.subtensorModule.setTempo !== undefined) {
    await patiently(api.tx.subtensorModule.setTempo(netuid, TEMPO));
  }
  // Revealing needs drand's pulses, which a node fetches from the internet.
  await patiently(api.tx.adminUtils.sudoSetCommitRevealWeightsEnabled(netuid, false));
  return netuid;
}

/** Where //Alice is root, as on the official image, owners may change things at any time from now on. */
async function openWindow({ api, send }, alice) {
  const key = await api.query.sudo?.key();
  if (key?.toString() !== alice.address) return;
  await send(api.tx.sudo.sudo(api.tx.adminUtils.sudoSetAdminFreezeWindow(0)), alice);
}

/** What passes by itself after some blocks: the delay of a start, the blocks before an epoch. */
const PASSING = new Set(['NeedWaitingMoreBlocksToStarCall', 'AdminActionProhibitedDuringWeightsWindow']);

async function whenAllowed(chain, call, signer) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await chain.send(call, signer);
    } catch (error) {
      const passing = error instanceof CallFailed && PASSING.has(error.errorName);
      if (!passing || attempt === TRIES) throw error;
      await chain.nextBlock();
    }
  }
}

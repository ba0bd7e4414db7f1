import type { Beacon } from '../common/timelock/index.js';
import type { BlockState } from './block-state.js';
import { asNumber } from './json-shape.js';

/** Blocks after the first reveal block for which the round is chosen: the chain's workers bring pulses a little late. */
const MARGIN_BLOCKS = 3;
/** Blocks over which the time from block to block is measured, where the runtime does not say it. */
const MEASURED_BLOCKS = 20;
const FINNEY_BLOCK_MS = 12_000;

/** The time on the chain, and how fast it goes. */
export interface ChainTime {
  readonly head: number;
  /** When the head was made, in ms since 1970: by the chain's clock, because ours may be wrong. */
  readonly headMs: number;
  /** From block to block. */
  readonly blockMs: number;
}

/**
 * The drand round that is on the chain shortly after `firstRevealBlock`: earlier ones would open the weights before their
 * time, later ones may miss it. Never one that the chain has already, which anybody could open at once.
 */
export function revealRound(o: {
  time: ChainTime;
  firstRevealBlock: number;
  beacon: Beacon;
  lastStoredRound: number;
}): number {
  const { time, beacon } = o;
  const blocks = o.firstRevealBlock + MARGIN_BLOCKS - time.head;
  const seconds = (time.headMs + blocks * time.blockMs) / 1000 - beacon.genesisTime;
  const roundsInMargin = Math.ceil((MARGIN_BLOCKS * time.blockMs) / 1000 / beacon.period);
  return Math.max(1, Math.floor(seconds / beacon.period), o.lastStoredRound + roundsInMargin);
}

/**
 * The chain's clock at a block. The time between blocks is the runtime's own constant, which blocks can miss but not
 * beat: a measured one, after a standstill, would put the round too late. Only a runtime without it is measured.
 * @param ancestor the state at an earlier block
 */
export async function readChainTime(
  state: BlockState,
  ancestor: (blockNumber: number) => Promise<BlockState>,
): Promise<ChainTime> {
  const { number: head } = state.block;
  const headMs = await timestampAt(state);
  const slot = state.constant('aura', 'slotDuration');
  const half = state.constant('timestamp', 'minimumPeriod'); // aura makes blocks at twice this
  const told = slot === undefined ? 2 * asNumber(half ?? 0, 'MinimumPeriod') : asNumber(slot, 'SlotDuration');
  if (told > 0) return { head, headMs, blockMs: told };
  const from = Math.max(1, head - MEASURED_BLOCKS); // genesis has no time
  const blockMs = head > from ? (headMs - (await timestampAt(await ancestor(from)))) / (head - from) : 0;
  return { head, headMs, blockMs: blockMs > 0 ? blockMs : FINNEY_BLOCK_MS };
}

async function timestampAt(state: BlockState): Promise<number> {
  return asNumber((await state.value('timestamp', 'now')) ?? 0, 'Timestamp');
}

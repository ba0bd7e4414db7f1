/** Why a round has no verdict on a model: nobody's model is to blame, so its score stays. Stable, as the verdicts' codes. */
export const KEPT_CODES = [
  'NOT_DRAWN', // more miners than a round takes
  'STILL_OPENING', // the repository is closed, the commitment fresh
  'STILL_DOWNLOADING', // slower than others; it goes on while the round is judged
  'NOT_FETCHED', // the hub, the line or this disk failed
  'NOT_EVALUATED', // the evaluation failed on our side
  'AWAITING_SAMPLE', // committed after the block that draws the images
  'TOO_SOON', // another commitment of the hotkey was judged a moment ago
] as const;

export type KeptCode = (typeof KEPT_CODES)[number];

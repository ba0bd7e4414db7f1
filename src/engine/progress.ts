/** How far a pass over images has come. Reports may be skipped when the event loop is busy; the last one always comes. */
export interface Progress {
  phase: 'train' | 'evaluate';
  /** Epochs that are finished. */
  epoch: number;
  /** Batches done in this epoch or evaluation, of `batches`. */
  batch: number;
  batches: number;
  /** Images done in this epoch or evaluation. */
  images: number;
  imagesPerSecond: number;
  /** Mean over those images. */
  loss: number;
}

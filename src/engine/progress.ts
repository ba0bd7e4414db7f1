/**
 * How far a pass over images has come. The first and the last report always come, those in between at most ten times a
 * second, and fewer when the event loop is busy.
 */
export interface Progress {
  /** `features`: a frozen backbone is run once over all images. */
  phase: 'train' | 'evaluate' | 'features';
  /** Epochs that are finished. */
  epoch: number;
  /** Batches done in this epoch or pass, of `batches`. */
  batch: number;
  batches: number;
  /** Images done in this epoch or pass. */
  images: number;
  imagesPerSecond: number;
  /** Mean over those images; 0 in `features`. */
  loss: number;
  /** The head's, of the last step; 0 where nothing is trained. */
  learningRate: number;
}

import { HealthTensorError, type Log } from '../common/index.js';
import {
  type Launch,
  openTraining as openWithOthers,
  type Trainer,
  type TrainerOptions,
} from '../engine/index.js';

/** Opens the training, with other processes if the launch says so. @throws as the engine's; OUT_OF_MEMORY with the batch size to try */
export async function openTraining(
  options: TrainerOptions,
  launch: Launch,
  control: { log: Log; signal?: AbortSignal | undefined },
): Promise<Trainer> {
  try {
    return await openWithOthers(options, launch, control);
  } catch (error) {
    throw withSmallerBatch(error, { batchSize: options.batchSize, accumulate: options.recipe.accumulate });
  }
}

/**
 * OUT_OF_MEMORY with flags that need about half of it for the same training: half the batch, twice as many of them a
 * step of the optimiser. Other errors unchanged.
 */
export function withSmallerBatch(
  error: unknown,
  { batchSize, accumulate }: { batchSize: number; accumulate: number },
): unknown {
  if (!(error instanceof HealthTensorError) || error.code !== 'OUT_OF_MEMORY') return error;
  const half = Math.floor(batchSize / 2);
  const remedy =
    half >= 2
      ? `Try --batch_size ${half} --accumulate ${accumulate * 2} (with --restart where there is a checkpoint of another batch size).`
      : 'Try a smaller --image_size, or a smaller model.';
  return new HealthTensorError(error.code, error.message, { remedy, cause: error });
}

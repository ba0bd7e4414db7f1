import { HealthTensorError } from '../common/index.js';
import { type Device, type Precision, type Recipe, resolvePrecision } from '../engine/index.js';
import { AUGMENTATIONS } from './augmentation-level.js';
import { MODE_RECIPES, type ModeRecipe, type TrainingMode } from './training-mode.js';

/** What the operator said; everything else is the mode's. */
export interface RecipeChanges extends Partial<Omit<ModeRecipe, 'plateauPatience' | 'plateauFactor'>> {
  readonly precision?: Precision | 'auto';
  /** Probability of a horizontal flip. */
  readonly flip?: number;
}

/** How a miner trains. */
export interface TrainingPlan {
  readonly recipe: Recipe;
  /** Epochs without a better validation loss before it ends; 0 = never. */
  readonly patience: number;
  /** What the operator should hear about the choice. */
  readonly remarks: readonly string[];
}

/**
 * The recipe of a mode with the operator's changes.
 * @param pretrained whether the backbone starts with weights that know something
 * @throws HealthTensorError BAD_RECIPE for a combination that cannot be meant
 */
export function trainingPlan(o: {
  mode: TrainingMode;
  pretrained: boolean;
  changes: RecipeChanges;
  device: Pick<Device, 'kind' | 'bfloat16'>;
  /** -1 = for ever. */
  numEpochs: number;
}): TrainingPlan {
  const { precision = 'auto', flip, ...given } = o.changes;
  const changes = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Partial<ModeRecipe>;
  const {
    augmentation: level,
    patience,
    ...chosen
  } = {
    ...MODE_RECIPES[o.mode][o.pretrained ? 'pretrained' : 'scratch'],
    ...changes,
  };
  // A schedule that is still high when the training ends has not done its work.
  const scheduleEpochs = changes.scheduleEpochs ?? (o.numEpochs === -1 ? chosen.scheduleEpochs : o.numEpochs);
  const recipe: Recipe = {
    ...chosen,
    scheduleEpochs,
    warmupEpochs: changes.warmupEpochs ?? Math.min(chosen.warmupEpochs, scheduleEpochs / 10),
    precision: resolvePrecision(precision, o.device),
    augmentation: { ...AUGMENTATIONS[level], ...(flip === undefined ? {} : { flip }) },
  };
  check(recipe, o.pretrained, o.device);
  const remarks =
    o.mode === 'fast' && !o.pretrained
      ? ['There is no pretrained backbone to freeze: the mode fast trains all layers.']
      : [];
  return { recipe, patience, remarks };
}

function check(recipe: Recipe, pretrained: boolean, device: Pick<Device, 'kind'>): void {
  const frozen = recipe.backboneRate === 0;
  if (frozen && !pretrained) {
    throw bad(
      '--backbone_rate 0 freezes a backbone of random weights',
      'Train it (--backbone_rate 1), or start from weights that know something (--pretrained).',
    );
  }
  if (frozen && Object.values(recipe.augmentation).some((amount) => amount !== 0)) {
    throw bad(
      'Augmentation does nothing for a frozen backbone, whose features are computed once',
      'Leave --augmentation and --flip at none and 0, or train the backbone (--backbone_rate 0.1).',
    );
  }
  if (recipe.schedule === 'cosine' && recipe.warmupEpochs >= recipe.scheduleEpochs) {
    throw bad(
      `A warm-up of ${recipe.warmupEpochs} epochs leaves nothing of a schedule of ${recipe.scheduleEpochs}`,
      'Give a smaller --warmup_epochs or a larger --schedule_epochs.',
    );
  }
  if (recipe.precision === 'fp16' && device.kind === 'cpu') {
    throw bad('--precision fp16 needs a GPU', 'On a CPU take bf16, fp32 or auto.');
  }
}

function bad(message: string, remedy: string): HealthTensorError {
  return new HealthTensorError('BAD_RECIPE', `${message}.`, { remedy });
}

import type { Recipe } from '../engine/index.js';

/** The recipe in one line, for the head of a run and the model card. */
export function recipeText(recipe: Recipe): string {
  const { learningRate, backboneRate, schedule, augmentation } = recipe;
  const backbone =
    backboneRate === 0 ? 'backbone frozen' : `backbone ${compact(learningRate * backboneRate)}`;
  const parts = [
    `${recipe.optimizer} at ${compact(learningRate)}${backboneRate === 1 ? '' : ` (${backbone})`}`,
    schedule === 'cosine' ? `cosine over ${compact(recipe.scheduleEpochs)} epochs` : schedule,
    recipe.warmupEpochs === 0 ? '' : `warm-up ${compact(recipe.warmupEpochs)}`,
    recipe.weightDecay === 0 ? '' : `weight decay ${compact(recipe.weightDecay)}`,
    recipe.clipNorm === 0 ? '' : `gradients clipped at ${compact(recipe.clipNorm)}`,
    recipe.emaDecay === 0 ? '' : `weights averaged (${compact(recipe.emaDecay)})`,
    recipe.labelSmoothing === 0 ? '' : `labels smoothed by ${compact(recipe.labelSmoothing)}`,
    recipe.accumulate === 1 ? '' : `${recipe.accumulate} batches a step`,
    augmentationText(augmentation),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function augmentationText(augmentation: Recipe['augmentation']): string {
  const drawn = Object.entries(augmentation).filter(([, amount]) => amount !== 0);
  if (drawn.length === 0) return 'no augmentation';
  return `augmentation (${drawn.map(([name, amount]) => `${name} ${compact(Number(amount))}`).join(', ')})`;
}

/** Without the digits that binary fractions add. */
function compact(value: number): string {
  return String(Number(value.toPrecision(6)));
}

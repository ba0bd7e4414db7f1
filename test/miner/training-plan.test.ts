import { describe, expect, test } from '@jest/globals';
import { plainRecipe } from '../../src/engine/index.js';
import { recipeText } from '../../src/miner/recipe-text.js';
import { TRAINING_MODES, type TrainingMode } from '../../src/miner/training-mode.js';
import { type RecipeChanges, trainingPlan } from '../../src/miner/training-plan.js';

function planOf(
  mode: TrainingMode,
  o: { pretrained?: boolean; changes?: RecipeChanges; numEpochs?: number; bfloat16?: boolean } = {},
) {
  const { pretrained = true, changes = {}, numEpochs = -1, bfloat16 = false } = o;
  return trainingPlan({ mode, pretrained, changes, numEpochs, device: { kind: 'cpu', bfloat16 } });
}

describe('a training mode', () => {
  test('fast freezes a pretrained backbone and leaves the images as they are', () => {
    const { recipe } = planOf('fast');
    expect(recipe.backboneRate).toBe(0);
    expect(Object.values(recipe.augmentation).every((amount) => amount === 0)).toBe(true);
  });

  test('fast without pretrained weights trains all layers and says so', () => {
    const { recipe, remarks } = planOf('fast', { pretrained: false });
    expect(recipe.backboneRate).toBe(1);
    expect(remarks.join()).toContain('no pretrained backbone');
  });

  test('normal and slow train all layers, a pretrained backbone at a lower rate than the new head', () => {
    for (const mode of ['normal', 'slow'] as const) {
      expect(planOf(mode).recipe.backboneRate).toBeGreaterThan(0);
      expect(planOf(mode).recipe.backboneRate).toBeLessThan(1);
      expect(planOf(mode, { pretrained: false }).recipe.backboneRate).toBe(1);
    }
  });

  test('slow is longer, lower, more patient and more varied than normal, and averages weights', () => {
    for (const pretrained of [true, false]) {
      const [normal, slow] = [planOf('normal', { pretrained }), planOf('slow', { pretrained })];
      expect(slow.recipe.scheduleEpochs).toBeGreaterThan(normal.recipe.scheduleEpochs);
      expect(slow.recipe.learningRate).toBeLessThan(normal.recipe.learningRate);
      expect(slow.recipe.augmentation.rotation).toBeGreaterThan(normal.recipe.augmentation.rotation);
      expect(slow.patience).toBeGreaterThan(normal.patience);
      expect([normal.recipe.emaDecay, slow.recipe.emaDecay]).toEqual([0, 0.999]);
    }
  });

  test.each(TRAINING_MODES)('%s keeps labels and sides as they are', (mode) => {
    const { recipe } = planOf(mode);
    expect([recipe.labelSmoothing, recipe.augmentation.flip]).toEqual([0, 0]);
  });
});

describe("the operator's word", () => {
  test('is stronger than the mode, also when it is zero', () => {
    const { recipe, patience } = planOf('slow', {
      changes: {
        learningRate: 0.01,
        emaDecay: 0,
        augmentation: 'light',
        flip: 0.5,
        patience: 0,
        precision: 'fp32',
      },
      bfloat16: true,
    });
    expect(recipe).toMatchObject({ learningRate: 0.01, emaDecay: 0, precision: 'fp32' });
    expect(recipe.augmentation).toMatchObject({ rotation: 5, flip: 0.5 });
    expect(patience).toBe(0);
  });

  test('on the number of epochs is the length of the schedule, with a warm-up that fits into it', () => {
    expect(planOf('slow', { numEpochs: 4 }).recipe).toMatchObject({ scheduleEpochs: 4, warmupEpochs: 0.4 });
    expect(planOf('slow', { numEpochs: 4, changes: { scheduleEpochs: 9 } }).recipe.scheduleEpochs).toBe(9);
  });

  test.each([
    ['--backbone_rate 0', { backboneRate: 0 }, false],
    ['--augmentation', { backboneRate: 0, augmentation: 'full' as const }, true],
    ['--flip', { backboneRate: 0, augmentation: 'none' as const, flip: 0.5 }, true],
    ['--warmup_epochs', { warmupEpochs: 12 }, true],
    ['--precision', { precision: 'fp16' as const }, true],
  ])('that cannot be meant is refused with what to change: %s', (flag, changes, pretrained) => {
    let caught: unknown;
    try {
      planOf('normal', { changes, pretrained });
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'BAD_RECIPE' });
    const { message, remedy } = caught as { message: string; remedy: string };
    expect(`${message} ${remedy}`).toContain(flag);
  });
});

test('precision follows the device: bf16 where it is built in, else fp32, and fp16 on an older GPU', () => {
  const of = (device: Parameters<typeof trainingPlan>[0]['device']) =>
    trainingPlan({ mode: 'normal', pretrained: true, changes: {}, numEpochs: -1, device }).recipe.precision;
  expect(of({ kind: 'cpu', bfloat16: true })).toBe('bf16');
  expect(of({ kind: 'cpu', bfloat16: false })).toBe('fp32');
  expect(of({ kind: 'cuda', bfloat16: true })).toBe('bf16');
  expect(of({ kind: 'cuda' })).toBe('fp16');
});

describe('a recipe in one line', () => {
  test('names what is on and passes over what is off', () => {
    expect(recipeText(plainRecipe())).toBe('adam at 0.001, constant, no augmentation');
    expect(recipeText(planOf('slow').recipe)).toBe(
      'adamw at 0.0005 (backbone 0.00005), cosine over 30 epochs, warm-up 1, weight decay 0.05, ' +
        'gradients clipped at 1, weights averaged (0.999), ' +
        'augmentation (rotation 10, shift 0.06, scale 0.1, contrast 0.15, brightness 0.06, noise 0.01)',
    );
    expect(recipeText(planOf('fast').recipe)).toContain('(backbone frozen)');
  });
});

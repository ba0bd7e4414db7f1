import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { MODEL_OPTIONS, RECIPE_OPTIONS } from '../../src/cli/options/training.js';
import { modelSpec } from '../../src/engine/index.js';
import { imagenetWeights } from '../../src/hub/index.js';
import { ARCHITECTURES } from '../../src/engine/index.js';
import { AUGMENTATIONS } from '../../src/miner/augmentation-level.js';
import { MODE_RECIPES, type ModeRecipe, TRAINING_MODES } from '../../src/miner/training-mode.js';

const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'training.md'), 'utf8');

/** The cells of the table row that begins with a cell. */
function row(first: string): string[] | undefined {
  const cells = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return cells.find(([cell]) => cell === first)?.slice(1);
}

describe('the page on training', () => {
  test.each(Object.keys(MODE_RECIPES.normal.pretrained).filter((key) => key in RECIPE_OPTIONS))(
    'has the defaults of each mode for %s',
    (key) => {
      const { name } = RECIPE_OPTIONS[key as keyof typeof RECIPE_OPTIONS];
      const defaults = TRAINING_MODES.map((mode) => {
        const [first, second] = (['pretrained', 'scratch'] as const).map((start) =>
          String(MODE_RECIPES[mode][start][key as keyof ModeRecipe]),
        );
        return first === second ? first : `${first} / ${second}`;
      });
      expect(row(`\`--${name}\``)?.slice(0, TRAINING_MODES.length)).toEqual(defaults);
    },
  );

  test.each(Object.entries(AUGMENTATIONS))('has the amounts of the augmentation %s', (level, amounts) => {
    const { rotation, shift, scale, contrast, brightness, noise } = amounts;
    expect(row(level)).toEqual([`${rotation}°`, ...[shift, scale, contrast, brightness, noise].map(String)]);
  });

  test('names every flag of the model and the recipe', () => {
    for (const { name } of Object.values({ ...MODEL_OPTIONS, ...RECIPE_OPTIONS }))
      expect(text).toContain(`--${name}`);
  });

  test('names the repository with the ImageNet weights of every architecture', () => {
    for (const architecture of Object.keys(ARCHITECTURES)) {
      const offer = imagenetWeights(modelSpec(architecture));
      if (offer.kind === 'weights') expect(row(architecture)?.join()).toContain(offer.weights.repo);
    }
  });
});

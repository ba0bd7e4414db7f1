import { Command } from 'commander';
import { describe, expect, test } from '@jest/globals';
import { addOptions, optionsOf } from '../../../src/cli/options/command.js';
import { MINER_OPTIONS, minerSettings } from '../../../src/cli/options/miner.js';
import { modelOptions, pretrainedSource, specOptions } from '../../../src/cli/options/training.js';

const sha = 'a'.repeat(40);

describe('--pretrained', () => {
  test.each([
    ['imagenet', { kind: 'imagenet', explicit: true }],
    ['NONE', { kind: 'none' }],
    ['name/model', { kind: 'repo', repo: 'name/model', revision: undefined }],
    [`name/model@${sha}`, { kind: 'repo', repo: 'name/model', revision: sha }],
    ['/srv/model', { kind: 'folder', path: '/srv/model' }],
    ['./a/b', { kind: 'folder', path: `${process.cwd()}/a/b` }],
  ])('takes %s', (text, source) => {
    expect(pretrainedSource('--pretrained', text)).toEqual(source);
  });

  test.each(['imagnet', 'name/model@main', 'name/model@', `a/b@${sha}@${sha}`, 'a/b/c', '../..@x/..%2f', ''])(
    'refuses %j, or takes it for a folder',
    (text) => {
      if (text.startsWith('.')) {
        expect(pretrainedSource('--pretrained', text)).toMatchObject({ kind: 'folder' });
      } else {
        expect(() => pretrainedSource('--pretrained', text)).toThrow('for --pretrained but received');
      }
    },
  );
});

describe('--model_option', () => {
  test('reads numbers as numbers and lists as text', () => {
    expect(modelOptions('--model_option', 'layers=101, width=0.5,filters=32-64')).toEqual({
      layers: 101,
      width: 0.5,
      filters: '32-64',
    });
  });

  test.each(['depth', '=3', 'a=', 'a=1,,b=2'])('refuses %j', (text) => {
    expect(() => modelOptions('--model_option', text)).toThrow('name=value');
  });
});

test('--head is a word for the hidden units of the head', () => {
  const modelOption = { width: 0.5 };
  expect(specOptions({ head: undefined, modelOption })).toEqual(modelOption);
  expect(specOptions({ head: 'dense', modelOption: undefined })).toEqual({});
  expect(specOptions({ head: 'linear', modelOption })).toEqual({ width: 0.5, hidden: 0 });
  expect(() => specOptions({ head: 'linear', modelOption: { hidden: 256 } })).toThrow('hidden=256');
  expect(() => specOptions({ head: 'dense', modelOption: { hidden: 0 } })).toThrow('hidden=0');
});

/** The miner's settings as the command line makes them. */
function settingsOf(...flags: string[]) {
  const command = addOptions(new Command('miner'), MINER_OPTIONS).exitOverride();
  command.parse(['node', 'miner', '--repo_id', 'a/b', ...flags]);
  return minerSettings(optionsOf(command, MINER_OPTIONS));
}

describe("the miner's training flags", () => {
  test('left out, leave everything to the mode', () => {
    expect(settingsOf()).toMatchObject({
      trainingMode: 'normal',
      pretrained: { kind: 'imagenet', explicit: false },
      recipe: { precision: 'auto', flip: 0 },
    });
    expect(Object.keys(settingsOf().recipe).sort()).toEqual(['flip', 'precision']);
  });

  test('arrive under their names', () => {
    const flags =
      '--precision fp32 --optimizer adam --learning_rate 0.01 --backbone_rate 0.5 --weight_decay 0 --warmup_epochs 0.5 ' +
      '--schedule plateau --schedule_epochs 7 --minimum_rate 0.1 --clip_norm 0 --ema_decay 0.99 --label_smoothing 0.1 ' +
      '--accumulate 2 --augmentation full --flip 0.5 --patience 3';
    expect(settingsOf(...flags.split(' ')).recipe).toEqual({
      precision: 'fp32',
      optimizer: 'adam',
      learningRate: 0.01,
      backboneRate: 0.5,
      weightDecay: 0,
      warmupEpochs: 0.5,
      schedule: 'plateau',
      scheduleEpochs: 7,
      minimumRate: 0.1,
      clipNorm: 0,
      emaDecay: 0.99,
      labelSmoothing: 0.1,
      accumulate: 2,
      augmentation: 'full',
      flip: 0.5,
      patience: 3,
    });
  });

  test('a model option may be repeated', () => {
    const flags = ['--model_type', 'mobile', '--model_option', 'width=0.5', '--model_option', 'width=0.25'];
    expect(settingsOf(...flags).spec.options).toMatchObject({ width: 0.25 });
    expect(() => settingsOf(...flags, '--model_option', 'depth=3')).toThrow('no option "depth"');
  });

  test('--nproc says how many processes train, and leaves it to a launcher that has started them', () => {
    expect(settingsOf().launch).toEqual({ kind: 'here' });
    expect(settingsOf('--nproc', '2').launch).toEqual({ kind: 'here', processes: 2 });
    expect(() => settingsOf('--nproc', '0')).toThrow('for --nproc but received "0"');
  });

  test('say the place of a value that is none', () => {
    expect(() => settingsOf('--ema_decay', '1')).toThrow('for --ema_decay but received "1"');
  });
});

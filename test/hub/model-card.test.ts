import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { FINDINGS, parseRepoId, type Digest, type Hotkey, type RepoId } from '../../src/common/index.js';
import { modelCard, modelConfig, modelMetrics, type ModelReport } from '../../src/hub/index.js';

const REPORT: ModelReport = {
  repo: parseRepoId('miner/chest-mobile') as RepoId,
  spec: {
    architecture: 'mobile',
    imageSize: 224,
    channels: 1,
    classes: 14,
    mean: [0.5],
    std: [0.25],
    options: {},
  },
  parameters: 4_261_326,
  evaluation: {
    images: 1000,
    loss: 0.163_25,
    auroc: FINDINGS.map((_, i) => (i === 7 ? null : 0.7 + i / 100)),
    meanAuroc: 0.765_432_1,
    auprc: FINDINGS.map((_, i) => (i === 7 ? null : 0.1 + i / 100)),
    meanAuprc: 0.165,
    brier: FINDINGS.map((_, i) => 0.05 + i / 1000),
    meanBrier: 0.0565,
    ece: FINDINGS.map(() => 0.02),
    meanEce: 0.02,
  },
  training: {
    images: 9000,
    epoch: 12,
    loss: 0.1512,
    batchSize: 32,
    learningRate: 0.001,
    seed: 7,
    device: 'CPU',
  },
  dataset: { name: 'X-rays: "NIH" | part\n# 1', fingerprint: 'abcd' },
  commitment: {
    netuid: 31,
    hotkey: '5Hotkey' as Hotkey,
    digest: 'D'.repeat(43) as Digest,
    weightsSha256: 'a'.repeat(64),
  },
  version: '0.1.0',
};
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function split(report: ModelReport): { header: Record<string, unknown>; body: string } {
  const [, yaml = '', body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text(modelCard(report))) ?? [];
  return { header: parse(yaml) as Record<string, unknown>, body };
}

test('the header is YAML with what the Hub reads, whatever the data set is called', () => {
  expect(split(REPORT).header).toMatchObject({
    license: 'mit',
    library_name: 'healthtensor',
    pipeline_tag: 'image-classification',
    tags: expect.arrayContaining(['healthtensor', 'bittensor']) as unknown,
    'model-index': [
      {
        name: 'chest-mobile',
        results: [
          {
            task: { type: 'image-classification' },
            dataset: { type: 'chest-x-ray', name: REPORT.dataset.name, split: 'validation' },
            metrics: [
              { type: 'roc_auc', value: 0.765432 },
              { type: 'average_precision', value: 0.165 },
              { type: 'loss', value: 0.16325 },
              { type: 'brier_score', value: 0.0565 },
            ],
          },
        ],
      },
    ],
  });
});

test('a data set on the hub is named with its revision', () => {
  const revision = 'b'.repeat(40);
  const { header } = split({ ...REPORT, dataset: { name: 'X', repo: 'owner/data', revision } });
  expect(header).toMatchObject({
    datasets: ['owner/data'],
    'model-index': [{ results: [{ dataset: { type: 'owner/data', revision } }] }],
  });
});

test('a mean AUROC that is not defined is left out of the header and said in the text', () => {
  const { header, body } = split({ ...REPORT, evaluation: { ...REPORT.evaluation, meanAuroc: null } });
  expect(JSON.stringify(header['model-index'])).not.toContain('roc_auc');
  expect(body).toMatch(/Mean AUROC.*\| undefined \|/);
});

test('the text says what it is not for, how to feed and load it, and whose it is', () => {
  const { body } = split(REPORT);
  expect(body).toContain('Not for clinical use');
  expect(body).toContain('224 x 224');
  expect(body).toContain('4,261,326 parameters');
  expect(body).toContain("timm.create_model('mobilenetv1_100', num_classes=0, in_chans=1)");
  expect(body).toContain('5Hotkey');
  expect(body).toContain('D'.repeat(43));
  expect(body).not.toMatch(/^# 1/m);
});

test("a narrower mobile is not passed off as timm's", () => {
  const spec = { ...REPORT.spec, options: { width: 0.5 } };
  expect(split({ ...REPORT, spec }).body).not.toContain('timm');
  const config: unknown = JSON.parse(text(modelConfig(spec, {})));
  expect(config).toMatchObject({ architecture: 'healthtensor_mobile', num_features: 512 });
});

test('every finding has its row, in order; what is undefined is shown as such', () => {
  const rows = [
    ...split(REPORT).body.matchAll(
      /^\| ([A-Z]\w+) \| (0\.\d{3}|undefined) \| (0\.\d{3}|undefined) \| (0\.\d{4}) \| (0\.\d{4}) \|$/gm,
    ),
  ];
  expect(rows.map((row) => row[1])).toEqual([...FINDINGS]);
  expect(rows[7]?.slice(2)).toEqual(['undefined', 'undefined', '0.0570', '0.0200']);
  expect(rows[0]?.slice(2)).toEqual(['0.700', '0.100', '0.0500', '0.0200']);
});

test('the same report gives the same bytes', () => {
  expect(modelCard(REPORT)).toEqual(modelCard(structuredClone(REPORT)));
});

test('metrics.json has every finding, null where undefined', () => {
  const metrics = JSON.parse(text(modelMetrics(REPORT))) as Record<
    'auroc' | 'auprc' | 'brier' | 'ece',
    Record<string, number | null>
  >;
  for (const figure of ['auroc', 'auprc', 'brier', 'ece'] as const) {
    expect(Object.keys(metrics[figure])).toEqual([...FINDINGS]);
  }
  expect(metrics).toMatchObject({
    loss: 0.16325,
    meanAuroc: 0.765_432_1,
    auroc: { Hernia: null, Atelectasis: 0.7 },
    meanAuprc: 0.165,
    auprc: { Hernia: null, Atelectasis: 0.1 },
    meanBrier: 0.0565,
    brier: { Hernia: 0.057, Atelectasis: 0.05 },
    meanEce: 0.02,
    ece: { Hernia: 0.02 },
  });
});

test("config.json has timm's schema", () => {
  const config: unknown = JSON.parse(text(modelConfig(REPORT.spec, { epoch: 12 })));
  expect(config).toMatchObject({
    architecture: 'mobilenetv1_100',
    num_classes: 14,
    num_features: 1024,
    global_pool: 'avg',
    label_names: FINDINGS,
    model_args: {},
    pretrained_cfg: {
      input_size: [1, 224, 224],
      mean: [0.5],
      std: [0.25],
      crop_mode: 'squash',
      interpolation: 'bilinear',
    },
    healthtensor: { version: 1, architecture: 'mobile', training: { epoch: 12 } },
  });
});

test('facts that would not fit are refused', () => {
  expect(() => modelConfig(REPORT.spec, { log: 'x'.repeat(70_000) })).toThrow(/65536/);
});

test('weights that the training began with are named with their authors and licence', () => {
  const start = {
    source: 'timm/vgg16.tv_in1k@cccccccc',
    repo: 'timm/vgg16.tv_in1k',
    revision: 'c'.repeat(40),
    licence: 'bsd-3-clause',
    attribution: 'torchvision',
  };
  const recipe = { text: 'adamw at 0.001', values: {} };
  const { header, body } = split({ ...REPORT, training: { ...REPORT.training, start, recipe } });
  expect(header).toMatchObject({ base_model: start.repo });
  expect(body).toContain(`at revision \`${start.revision}\` by torchvision, licence bsd-3-clause.`);
  expect(body).toContain('- Recipe: adamw at 0.001');
  expect(body).not.toContain('Learning rate (Adam)');
  expect(split(REPORT).body).not.toContain('Trained on from');
});

import { stringify } from 'yaml';
import { FINDINGS } from '../common/findings.js';
import { pythonExample, TYPESCRIPT_EXAMPLE } from './loading-example.js';
import type { ModelReport } from './model-report.js';

/**
 * `README.md` of a model repository: YAML header after Hugging Face's model card specification, then what a person
 * wants to know. It holds no date, so that publishing the same model again changes nothing.
 */
export function modelCard(report: ModelReport): Uint8Array {
  const header = stringify(cardHeader(report), { lineWidth: 0 });
  return new TextEncoder().encode(`---\n${header}---\n\n${cardBody(report)}`);
}

function cardHeader(report: ModelReport): Record<string, unknown> {
  const { evaluation, dataset } = report;
  const metrics = [
    ...defined('roc_auc', evaluation.meanAuroc, 'Mean AUROC over findings'),
    ...defined('average_precision', evaluation.meanAuprc, 'Mean average precision over findings'),
    { type: 'loss', value: rounded(evaluation.loss), name: 'Binary cross-entropy' },
    { type: 'brier_score', value: rounded(evaluation.meanBrier), name: 'Mean Brier score over findings' },
  ];
  return {
    license: 'mit',
    // Not timm: the head is ours, so timm's own loader cannot fill the whole model.
    library_name: 'healthtensor',
    pipeline_tag: 'image-classification',
    tags: [
      'image-classification',
      'chest-x-ray',
      'multi-label',
      'healthtensor',
      'bittensor',
      report.spec.architecture,
    ],
    ...(report.training.start?.repo === undefined ? {} : { base_model: report.training.start.repo }),
    ...(dataset.repo === undefined ? {} : { datasets: [dataset.repo] }),
    metrics: ['roc_auc'],
    'model-index': [
      {
        name: report.repo.split('/').at(-1),
        results: [
          {
            task: { type: 'image-classification', name: 'Multi-label chest X-ray classification' },
            dataset: {
              type: dataset.repo ?? 'chest-x-ray',
              name: dataset.name,
              split: 'validation',
              ...(dataset.revision === undefined ? {} : { revision: dataset.revision }),
            },
            metrics,
          },
        ],
      },
    ],
  };
}

function defined(type: string, value: number | null, name: string) {
  return value === null ? [] : [{ type, value: rounded(value), name }];
}

function cardBody(report: ModelReport): string {
  const { spec, evaluation, training, dataset, commitment } = report;
  const name = report.repo.split('/').at(-1) ?? report.repo;
  const python = pythonExample(spec);
  const sections = [
    `# ${name}

A multi-label classifier of chest X-rays (14 findings of NIH ChestX-ray14), architecture \`${spec.architecture}\`, ${grouped(report.parameters)} parameters, trained by a miner of the HealthTensor subnet on Bittensor.`,
    `## Intended use

Research and the ranking of models on the subnet. **Not for clinical use**: this model is no medical device, was not
validated on patients, and must not inform the care of anybody. Its labels were read from reports by a program and are
noisy; it may rely on cues such as devices or the view, and may do worse on groups that the data holds few of.`,
    `## Preprocessing

${preprocessing(spec.imageSize, spec.channels, spec.mean, spec.std)}

The outputs are ${FINDINGS.length} logits in the order of the table below; their sigmoid is one probability a finding.`,
    `## Evaluation

On ${grouped(evaluation.images)} validation images of ${inline(dataset.name)}, split by patient: no patient is in both parts.

| Figure | Value |
| --- | --- |
| Binary cross-entropy (mean over images and findings) | ${figure(evaluation.loss)} |
| Mean AUROC over the findings where it is defined | ${area(evaluation.meanAuroc)} |
| Mean average precision (AUPRC) over the findings where it is defined | ${area(evaluation.meanAuprc)} |
| Brier score (mean over findings) | ${figure(evaluation.meanBrier)} |
| Expected calibration error (15 bins, mean over findings) | ${figure(evaluation.meanEce)} |

| Finding | AUROC | AUPRC | Brier | ECE |
| --- | --- | --- | --- | --- |
${FINDINGS.map((finding, i) => findingRow(finding, evaluation, i)).join('\n')}

"Undefined" means that the finding is in none of the validation images (for AUROC also: in all).`,
    `## Training

${bullets([
  ['Data', inline(dataset.name)],
  ['Data fingerprint', dataset.fingerprint === undefined ? undefined : `\`${dataset.fingerprint}\``],
  ['Training images', grouped(training.images)],
  ['Epoch', String(training.epoch)],
  ['Training loss of that epoch', training.loss === undefined ? undefined : figure(training.loss)],
  ['Batch size', String(training.batchSize)],
  ['Started from', training.start === undefined ? undefined : inline(training.start.source)],
  ['Training mode', training.mode],
  training.recipe === undefined
    ? ['Learning rate (Adam)', String(training.learningRate)]
    : ['Recipe', inline(training.recipe.text)],
  ['Precision of activations', training.precision],
  ['Seed', String(training.seed)],
  ['Device', training.device === undefined ? undefined : inline(training.device)],
  ['HealthTensor', report.version],
])}`,
    `## How to load it

With HealthTensor in TypeScript:

\`\`\`ts
${TYPESCRIPT_EXAMPLE}
\`\`\`${python === undefined ? '' : `\n\nIn Python:\n\n\`\`\`python\n${python}\n\`\`\``}`,
    `## Commitment

${
  commitment === undefined
    ? 'This revision is not tied to an author on chain.'
    : `The author has committed to these weights on chain: the digest binds the file to the hotkey, so that a copy under another key is known as one.

${bullets([
  ['Subnet', String(commitment.netuid)],
  ['Hotkey', `\`${commitment.hotkey}\``],
  ['SHA-256 of model.safetensors', `\`${commitment.weightsSha256}\``],
  ['Digest', `\`${commitment.digest}\``],
])}`
}`,
    `## Licence

MIT. The data has its own terms; see where it was published.${attribution(report)}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

function findingRow(finding: string, evaluation: ModelReport['evaluation'], i: number): string {
  const ranked = [evaluation.auroc[i], evaluation.auprc[i]].map((value) => area(value ?? null));
  const calibrated = [evaluation.brier[i], evaluation.ece[i]].map((value) => figure(value ?? NaN));
  return `| ${[finding, ...ranked, ...calibrated].join(' | ')} |`;
}

/** The authors of the weights that the training began with are named, as their licences ask. */
function attribution({ training: { start } }: ModelReport): string {
  if (start?.repo === undefined) return '';
  const authors = start.attribution === undefined ? '' : ` by ${inline(start.attribution)}`;
  const licence = start.licence === undefined ? 'under its own licence' : `licence ${start.licence}`;
  return `

Trained on from [${start.repo}](https://huggingface.co/${start.repo}) at revision \`${start.revision ?? ''}\`${authors}, ${licence}.`;
}

function preprocessing(
  size: number,
  channels: number,
  mean: readonly number[],
  std: readonly number[],
): string {
  const repeated = channels === 1 ? 'one channel' : `repeated to ${channels} channels`;
  return `8-bit gray (16 bits scaled by their full range, colour to luma), squashed to ${size} x ${size} pixels by linear interpolation, ${repeated}, scaled to 0..1, then (x - mean) / std with mean [${mean.join(', ')}] and std [${std.join(', ')}].`;
}

function bullets(entries: readonly (readonly [string, string | undefined])[]): string {
  return entries
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `- ${name}: ${value}`)
    .join('\n');
}

/** Text of others in one line, without Markdown's or HTML's own characters. */
function inline(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>|#]/g, '\\$&');
}

function area(value: number | null): string {
  return value === null ? 'undefined' : value.toFixed(3);
}

function figure(value: number): string {
  return value.toFixed(4);
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

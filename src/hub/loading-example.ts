import { type ModelSpec, parseNumberList } from '../common/model-spec.js';
import { type TimmFace, timmFace } from './timm-face.js';

/** TypeScript that checks a downloaded model with HealthTensor itself. */
export const TYPESCRIPT_EXAMPLE = `import { readFile } from 'node:fs/promises';
import { inspectWeights, parseModelConfig } from 'healthtensor';

const config = parseModelConfig(await readFile('config.json'));
if (!config.ok) throw new Error(config.detail);
console.log(await inspectWeights({ spec: config.spec, weightsPath: 'model.safetensors' }));
// evaluateWeights() then scores it on a data set that openDataset() has read.`;

/** Python that runs a downloaded model on preprocessed images; undefined for an architecture without an example. */
export function pythonExample(spec: ModelSpec): string | undefined {
  const face = timmFace(spec);
  if (face.whole) return wholeExample(spec, face);
  const body = backbone(spec, face);
  return body === undefined
    ? undefined
    : `import torch, torch.nn.functional as F
from safetensors.torch import load_file

w = load_file('model.safetensors')

${body}
${head(face)}

probabilities = torch.sigmoid(model(x))`;
}

/** timm has the very same model. */
function wholeExample(spec: ModelSpec, { architecture }: TimmFace): string {
  return `import timm, torch
from safetensors.torch import load_file

model = timm.create_model('${architecture}', num_classes=${spec.classes}, in_chans=${spec.channels}).eval()
model.load_state_dict(load_file('model.safetensors'))

probabilities = torch.sigmoid(model(x))  # x: float [batch, ${spec.channels}, ${spec.imageSize}, ${spec.imageSize}]`;
}

function head({ classifier }: TimmFace): string {
  const last = `    return F.linear(x, w['${classifier}.weight'], w['${classifier}.bias'])`;
  if (classifier !== 'head.fc2') return last;
  return `    x = F.relu(F.linear(x, w['head.fc1.weight'], w['head.fc1.bias']))\n${last}`;
}

function backbone(spec: ModelSpec, { architecture }: TimmFace): string | undefined {
  const start = `def model(x):  # float [batch, ${spec.channels}, ${spec.imageSize}, ${spec.imageSize}]`;
  if (spec.architecture === 'cnn') return `${start}\n${cnnBody(spec)}`;
  if (architecture.startsWith('healthtensor_')) return undefined;
  if (spec.architecture === 'vgg') {
    return `import timm

backbone = timm.create_model('${architecture}', in_chans=${spec.channels}).features.eval()
backbone.load_state_dict({name[9:]: t for name, t in w.items() if name.startswith('features.')})

${start}
    x = backbone(x).mean((2, 3))`;
  }
  return `import timm

backbone = timm.create_model('${architecture}', num_classes=0, in_chans=${spec.channels}).eval()
backbone.load_state_dict({name: t for name, t in w.items() if not name.startswith('head.')})

${start}
    x = backbone(x)`;
}

function cnnBody(spec: ModelSpec): string {
  const { filters } = spec.options;
  const count = typeof filters === 'string' ? (parseNumberList(filters)?.length ?? 1) : 1;
  const layers = Array.from(
    { length: count },
    (_, i) =>
      `    x = F.relu(F.max_pool2d(F.conv2d(x, w['conv${i + 1}.weight'], w['conv${i + 1}.bias']), 2))`,
  );
  return [...layers, '    x = x.permute(0, 2, 3, 1).flatten(1)'].join('\n');
}

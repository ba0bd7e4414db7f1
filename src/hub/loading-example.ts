import type { ModelSpec } from '../common/model-spec.js';
import { timmFace } from './timm-face.js';

/** TypeScript that checks a downloaded model with HealthTensor itself. */
export const TYPESCRIPT_EXAMPLE = `import { readFile } from 'node:fs/promises';
import { inspectWeights, parseModelConfig } from 'healthtensor';

const config = parseModelConfig(await readFile('config.json'));
if (!config.ok) throw new Error(config.detail);
console.log(await inspectWeights({ spec: config.spec, weightsPath: 'model.safetensors' }));
// evaluateWeights() then scores it on a data set that openDataset() has read.`;

const START = `import torch, torch.nn.functional as F
from safetensors.torch import load_file

w = load_file('model.safetensors')`;

const HEAD = `    x = F.relu(F.linear(x, w['head.fc1.weight'], w['head.fc1.bias']))
    return F.linear(x, w['head.fc2.weight'], w['head.fc2.bias'])`;

/** Python that runs a downloaded model on preprocessed images; undefined for an architecture without an example. */
export function pythonExample(spec: ModelSpec): string | undefined {
  const body = model(spec);
  return body === undefined
    ? undefined
    : `${START}\n\n${body}\n${HEAD}\n\nprobabilities = torch.sigmoid(model(x))`;
}

function model(spec: ModelSpec): string | undefined {
  if (spec.architecture === 'cnn') {
    return `def model(x):  # float [batch, ${spec.channels}, ${spec.imageSize}, ${spec.imageSize}]
    x = F.relu(F.max_pool2d(F.conv2d(x, w['conv1.weight'], w['conv1.bias']), 2))
    x = x.permute(0, 2, 3, 1).flatten(1)`;
  }
  const { architecture } = timmFace(spec);
  if (architecture === 'mobilenetv1_100') {
    return `import timm

backbone = timm.create_model('${architecture}', num_classes=0, in_chans=${spec.channels}).eval()
backbone.load_state_dict({name: t for name, t in w.items() if not name.startswith('head.')})

def model(x):  # float [batch, ${spec.channels}, ${spec.imageSize}, ${spec.imageSize}]
    x = backbone(x)`;
  }
  return undefined;
}

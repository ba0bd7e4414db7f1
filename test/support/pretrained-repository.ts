import type { RepoId, Revision } from '../../src/common/index.js';
import { Hub, MODEL_FILES } from '../../src/hub/index.js';
import { safetensors } from './safetensors.js';

/** config.json as timm's own repositories have it. */
export function timmConfig(architecture: string, over: Record<string, unknown> = {}): string {
  return JSON.stringify({
    architecture,
    num_classes: 1000,
    num_features: 1024,
    pretrained_cfg: {
      tag: 'a1_in1k',
      custom_load: false,
      input_size: [3, 224, 224],
      interpolation: 'bicubic',
      crop_pct: 0.95,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      num_classes: 1000,
      first_conv: 'conv1',
      classifier: 'fc',
      ...over,
    },
  });
}

/** Weights small enough for a test; which tensors they are does not matter to the hub. */
export const SMALL_WEIGHTS = safetensors([
  { name: 'conv1.weight', shape: [2, 3], values: Float32Array.from([1, 2, 3, 4, 5, 6]) },
]);

/** Publishes a public model repository of this name, as its owner. */
export async function publishPretrained(
  o: { endpoint: string; token: string; repo: RepoId },
  content: { config?: string | Uint8Array; weights?: Uint8Array | undefined },
): Promise<Revision> {
  const owner = new Hub({ endpoint: o.endpoint, token: o.token });
  try {
    await owner.ensureModelRepo(o.repo);
    const files = [
      { path: MODEL_FILES.config, content: content.config },
      { path: MODEL_FILES.weights, content: content.weights },
    ].flatMap(({ path, content: bytes }) =>
      bytes === undefined
        ? []
        : [{ path, content: typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes }],
    );
    const revision = await owner.publish({ repo: o.repo, files, title: 'weights' });
    await owner.setVisibility(o.repo, 'public');
    return revision;
  } finally {
    await owner.close();
  }
}

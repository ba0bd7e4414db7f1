import type { ModelSpec } from '../common/model-spec.js';

/** How an architecture of ours looks through timm's configuration schema. */
export interface TimmFace {
  /** timm's name where the backbone is timm's, else a name of ours that timm does not know. */
  readonly architecture: string;
  /** Width of the pooled features, before the head. */
  readonly numFeatures: number;
  readonly globalPool: string;
  readonly firstConv: string;
  readonly classifier: string;
  /** Whether the weights fit one input size only. */
  readonly fixedInputSize: boolean;
}

const FACES: Readonly<Record<string, (spec: ModelSpec) => TimmFace>> = {
  cnn: () => ({
    architecture: 'healthtensor_cnn',
    numFeatures: 128,
    globalPool: '',
    firstConv: 'conv1',
    classifier: 'head.fc2',
    fixedInputSize: true,
  }),
  mobile: (spec) => {
    const width = typeof spec.options['width'] === 'number' ? spec.options['width'] : 1;
    return {
      // timm's name stands for the full width; it has none for the narrower ones.
      architecture: width === 1 ? 'mobilenetv1_100' : 'healthtensor_mobile',
      numFeatures: Math.round((1024 * width) / 8) * 8,
      globalPool: 'avg',
      firstConv: 'conv_stem',
      classifier: 'head.fc2',
      fixedInputSize: false,
    };
  },
};

/** The face of a model; an architecture without a row of its own gets a plain one. */
export function timmFace(spec: ModelSpec): TimmFace {
  const face = Object.hasOwn(FACES, spec.architecture) ? FACES[spec.architecture] : undefined;
  return (
    face?.(spec) ?? {
      architecture: `healthtensor_${spec.architecture}`,
      numFeatures: 0,
      globalPool: 'avg',
      firstConv: '',
      classifier: 'head.fc2',
      fixedInputSize: false,
    }
  );
}

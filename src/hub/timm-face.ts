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
  /** Whether timm's model of this name is ours to the last tensor: its head is linear too. */
  readonly whole: boolean;
}

/** What the networks that timm has too are called there, as long as no multiplier changes them. */
const FACES: Readonly<Record<string, (spec: ModelSpec) => TimmFace>> = {
  cnn: (spec) => ({
    architecture: 'healthtensor_cnn',
    numFeatures: option(spec, 'hidden', 128),
    globalPool: '',
    firstConv: 'conv1',
    classifier: 'head.fc2',
    fixedInputSize: true,
    whole: false,
  }),
  vgg: (spec) => {
    const norm = option(spec, 'batch_norm', 0) === 1 ? '_bn' : '';
    const name = option(spec, 'width', 1) === 1 ? `vgg${option(spec, 'layers', 16)}${norm}` : undefined;
    return pooled(spec, name, widthOf(spec, 512), 'features.0', 'head.fc');
  },
  res: (spec) => {
    const layers = option(spec, 'layers', 50);
    const name = option(spec, 'width', 1) === 1 ? `resnet${layers}` : undefined;
    // Blocks of three convolutions widen what they were given by four.
    return pooled(spec, name, widthOf(spec, 512) * (layers < 50 ? 1 : 4), 'conv1', 'fc');
  },
  efficient: (spec) => {
    const multipliers = `${option(spec, 'width', 1)} ${option(spec, 'depth', 1)}`;
    return pooled(spec, EFFICIENTNETS[multipliers], widthOf(spec, 1280), 'conv_stem', 'classifier');
  },
  mobile: (spec) => {
    const name = option(spec, 'width', 1) === 1 ? 'mobilenetv1_100' : undefined;
    return pooled(spec, name, widthOf(spec, 1024), 'conv_stem', 'classifier');
  },
};

/** By width and depth (Tan & Le 2019, as released). */
const EFFICIENTNETS: Readonly<Record<string, string>> = {
  '1 1': 'efficientnet_b0',
  '1 1.1': 'efficientnet_b1',
  '1.1 1.2': 'efficientnet_b2',
  '1.2 1.4': 'efficientnet_b3',
};

/** A network with global average pooling. A linear head has timm's own name for the classifier. */
function pooled(
  spec: ModelSpec,
  name: string | undefined,
  numFeatures: number,
  firstConv: string,
  linearHead: string,
): TimmFace {
  const linear = option(spec, 'hidden', 1024) === 0;
  return {
    architecture: name ?? `healthtensor_${spec.architecture}`,
    numFeatures,
    globalPool: 'avg',
    firstConv,
    classifier: linear ? linearHead : 'head.fc2',
    fixedInputSize: false,
    // timm's VGG has two dense layers before its linear one.
    whole: linear && name !== undefined && spec.architecture !== 'vgg',
  };
}

/**
 * So many channels under the model's width multiplier, as native/models/scaled_channels.h has it: the nearest multiple of
 * 8, but never more than a tenth below.
 */
function widthOf(spec: ModelSpec, channels: number): number {
  const exact = channels * option(spec, 'width', 1);
  const rounded = Math.max(8, Math.floor((exact + 4) / 8) * 8);
  return rounded < 0.9 * exact ? rounded + 8 : rounded;
}

function option({ options }: ModelSpec, name: string, standard: number): number {
  const value = options[name];
  return typeof value === 'number' ? value : standard;
}

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
      whole: false,
    }
  );
}

import type { RepoId } from '../common/identifiers.js';
import type { ModelSpec } from '../common/model-spec.js';
import { timmFace } from './timm-face.js';

/** Weights of others that a training may start from. */
export interface PretrainedWeights {
  readonly repo: RepoId;
  /** SPDX id, as the authors state it. */
  readonly licence: string;
  /** Whose work it is, for the model card. */
  readonly attribution: string;
}

const TORCHVISION = {
  licence: 'bsd-3-clause',
  attribution: 'torchvision (pytorch/vision), converted by timm',
};
const TIMM = { licence: 'apache-2.0', attribution: 'timm (Ross Wightman, pytorch-image-models)' };

/**
 * ImageNet-1k weights by our architecture and timm's name of the variant: the tag that timm 1.0.29 takes when it is
 * asked for none (timm/models/vgg.py, resnet.py, efficientnet.py).
 */
const IMAGENET: Readonly<Record<string, Readonly<Record<string, PretrainedWeights>>>> = {
  vgg: weights(TORCHVISION, {
    vgg11: 'tv_in1k',
    vgg13: 'tv_in1k',
    vgg16: 'tv_in1k',
    vgg19: 'tv_in1k',
    vgg11_bn: 'tv_in1k',
    vgg13_bn: 'tv_in1k',
    vgg16_bn: 'tv_in1k',
    vgg19_bn: 'tv_in1k',
  }),
  res: weights(TIMM, {
    resnet18: 'a1_in1k',
    resnet34: 'a1_in1k',
    resnet50: 'a1_in1k',
    resnet101: 'a1h_in1k',
  }),
  efficient: weights(TIMM, {
    efficientnet_b0: 'ra_in1k',
    efficientnet_b1: 'ra4_e3600_r240_in1k',
    efficientnet_b2: 'ra_in1k',
    efficientnet_b3: 'ra2_in1k',
  }),
  mobile: weights(TIMM, { mobilenetv1_100: 'ra4_e3600_r224_in1k' }),
};

/** What ImageNet offers a model: its weights; nothing for this variant, but for others; nothing for the family. */
export type ImagenetOffer =
  | { readonly kind: 'weights'; readonly weights: PretrainedWeights }
  | { readonly kind: 'other-variants'; readonly variants: readonly string[] }
  | { readonly kind: 'none' };

/** Looks the model up in the table of ImageNet weights. */
export function imagenetWeights(spec: ModelSpec): ImagenetOffer {
  const family = Object.hasOwn(IMAGENET, spec.architecture) ? IMAGENET[spec.architecture] : undefined;
  if (family === undefined) return { kind: 'none' };
  const { architecture } = timmFace(spec);
  const found = Object.hasOwn(family, architecture) ? family[architecture] : undefined;
  return found === undefined
    ? { kind: 'other-variants', variants: Object.keys(family) }
    : { kind: 'weights', weights: found };
}

/** The licence and authors of a repository of the table; undefined for any other. */
export function knownPretrained(repo: RepoId): PretrainedWeights | undefined {
  return Object.values(IMAGENET)
    .flatMap((family) => Object.values(family))
    .find((entry) => entry.repo === repo);
}

function weights(
  source: Omit<PretrainedWeights, 'repo'>,
  tags: Readonly<Record<string, string>>,
): Record<string, PretrainedWeights> {
  return Object.fromEntries(
    Object.entries(tags).map(([name, tag]) => [name, { ...source, repo: `timm/${name}.${tag}` as RepoId }]),
  );
}

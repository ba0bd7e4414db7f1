import { createHash } from 'node:crypto';
import type { ModelSpec } from '../common/index.js';
import type { Candidate } from './candidate.js';

/** What a model is, whatever file, repository or hotkey it came with. */
export interface ModelIdentity {
  /** SHA-256 of tensors and specification: the key of evidence. */
  readonly modelId: string;
  /** SHA-256 of the file's bytes. */
  readonly weightsSha256: string;
  /** SHA-256 of names, types, shapes and values, whatever their order in the file. */
  readonly tensorDigest: string;
  /** Of the tensors before the head: heads on one public, frozen backbone are told from near copies by it. */
  readonly backboneDigest?: string;
  readonly spec: ModelSpec;
}

/** A model in the race. */
export interface Entry extends ModelIdentity, Pick<Candidate, 'repo' | 'revision' | 'digest'> {
  /** The first block at which its hotkey had committed this model: committing it again costs no seniority. */
  readonly commitBlock: number;
}

export function modelIdentity(model: Omit<ModelIdentity, 'modelId'>): ModelIdentity {
  const modelId = createHash('sha256')
    .update(`${model.tensorDigest}\n${specDigest(model.spec)}`)
    .digest('hex');
  const { weightsSha256, tensorDigest, backboneDigest, spec } = model;
  return { modelId, weightsSha256, tensorDigest, ...(backboneDigest && { backboneDigest }), spec };
}

/** SHA-256 of a model's specification: the same weights under another preprocessing are another model. */
export function specDigest(spec: ModelSpec): string {
  const options = Object.entries(spec.options).sort(([a], [b]) => (a < b ? -1 : 1));
  const { architecture, imageSize, channels, classes, mean, std } = spec;
  const canonical = [architecture, imageSize, channels, classes, mean, std, options];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}

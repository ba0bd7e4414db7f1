/** What an architecture may be built with besides the sizes; the values that config.json carries. */
export type ModelOptions = Readonly<Record<string, number | string | boolean>>;

/**
 * Everything needed to build an empty model whose weights a `model.safetensors` fills.
 * Input: uint8 gray pixels [batch, imageSize, imageSize], repeated to `channels`, scaled to 0..1, then (x - mean) / std.
 * Output: logits [batch, classes].
 */
export interface ModelSpec {
  readonly architecture: string;
  readonly imageSize: number;
  readonly channels: 1 | 3;
  readonly classes: number;
  /** One value a channel. */
  readonly mean: readonly number[];
  /** One value a channel, none zero. */
  readonly std: readonly number[];
  readonly options: ModelOptions;
}

/**
 * What an architecture may be built with besides the sizes; the values that config.json carries. A list of numbers is a
 * text, "32-64-128".
 */
export type ModelOptions = Readonly<Record<string, number | string>>;

/** The most numbers in an option that is a list. */
export const LONGEST_LIST = 6;

/** The whole numbers of a list such as "32-64-128"; undefined when the text is none. */
export function parseNumberList(text: string): number[] | undefined {
  if (!/^[1-9]\d{0,3}(-[1-9]\d{0,3})*$/.test(text)) return undefined;
  const numbers = text.split('-').map(Number);
  return numbers.length <= LONGEST_LIST ? numbers : undefined;
}

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

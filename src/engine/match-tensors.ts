import { type ModelSpec, reject, type Verdict } from '../common/index.js';
import { loadAddon } from './load-addon.js';
import { fromNative } from './native-errors.js';
import { rejectionOf } from './rejections.js';

/** What is known of a tensor without its values. */
interface TensorFacts {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** A tensor that the file of a model must have. */
export interface ExpectedTensor extends TensorFacts {
  /** By the optimiser; running statistics are not. */
  readonly trained: boolean;
}

/**
 * The tensors of the spec's architecture, none of which is allocated. The spec may be a stranger's: UNKNOWN_ARCHITECTURE
 * or BAD_CONFIG when there is no such model.
 */
export async function expectedTensors(
  spec: ModelSpec,
): Promise<Verdict<{ tensors: readonly ExpectedTensor[] }>> {
  const addon = await loadAddon();
  try {
    const tensors = addon
      .modelTensors(spec)
      .map(({ name, shape, trained }) => ({ name, dtype: 'F32', shape, trained }));
    return { ok: true, tensors };
  } catch (error) {
    return rejectionOf(fromNative(error));
  }
}

/**
 * Whether a file has exactly the expected tensors: TENSOR_MISMATCH for the first that is missing, of another type or
 * shape, or too many, in the words of the addon (native/models/weights_file.cpp). Otherwise the number of trained numbers.
 * @param entries of a header, no name twice
 */
export function matchTensors(
  entries: readonly TensorFacts[],
  expected: readonly ExpectedTensor[],
): Verdict<{ parameters: number }> {
  const present = new Map(entries.map((entry) => [entry.name, entry]));
  let parameters = 0;
  for (const { name, dtype, shape, trained } of expected) {
    const entry = present.get(name);
    if (entry === undefined) return mismatch(`the tensor ${name} is missing`);
    if (entry.dtype !== dtype) return mismatch(`${name} is ${entry.dtype}, not ${dtype}`);
    if (shapeText(entry.shape) !== shapeText(shape)) {
      return mismatch(`${name} has the shape ${shapeText(entry.shape)}, not ${shapeText(shape)}`);
    }
    present.delete(name);
    if (trained) parameters += shape.reduce((product, size) => product * size, 1);
  }
  const [extra] = [...present.keys()].sort();
  if (extra !== undefined) return mismatch(`the tensor ${extra} does not belong to the architecture`);
  return { ok: true, parameters };
}

function mismatch(detail: string) {
  return reject('TENSOR_MISMATCH', detail);
}

/** "[64, 3, 7, 7]" */
function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

// @ts-check
import { parseArgs } from 'node:util';
import { SetupError } from '../setup-error.mjs';

export const ARCHITECTURES = /** @type {const} */ (['cnn', 'vgg', 'res', 'efficient', 'mobile']);
export const MODES = /** @type {const} */ (['train', 'eval', 'fast', 'input', 'memory', 'startup']);

/** @typedef {typeof MODES[number]} Mode */
/** @typedef {'fp32' | 'bf16'} Precision */

/**
 * @typedef {object} BenchArguments
 * @property {Mode} mode
 * @property {string[]} architectures
 * @property {Precision[]} precisions
 * @property {number} batch
 * @property {number} size
 * @property {number} steps
 * @property {number} limit
 * @property {number | undefined} threads
 * @property {string | undefined} dataset
 * @property {boolean} json
 */

export const BENCH_USAGE = `npm run bench -- ${MODES.join('|')} [options]
  --arch all|cnn,res,...     architectures; default all
  --precision fp32|bf16|both default both
  --batch N                  images a step; default 32
  --size N                   side of the images in pixels; default 224
  --steps N                  clean samples wanted; default 8
  --limit S                  seconds after which a case makes do with fewer; default 60
  --threads N                default: the engine's
  --dataset FOLDER           input: decode these images instead of drawn ones
  --json                     only the JSON lines, no table`;

/** Flags that both commands have. */
export const COMMON_FLAGS = /** @type {const} */ ({
  arch: { type: 'string', default: 'all' },
  batch: { type: 'string', default: '32' },
  size: { type: 'string', default: '224' },
  threads: { type: 'string' },
  json: { type: 'boolean', default: false },
});

/**
 * @param {readonly string[]} args
 * @returns {BenchArguments} SetupError with the usage for anything that is not understood
 */
export function parseBenchArguments(args) {
  const { values, positionals } = explained(BENCH_USAGE, () =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...COMMON_FLAGS,
        precision: { type: 'string', default: 'both' },
        steps: { type: 'string', default: '8' },
        limit: { type: 'string', default: '60' },
        dataset: { type: 'string' },
      },
    }),
  );
  const [mode, ...others] = positionals;
  if (mode === undefined || others.length > 0) throw wrong('Expected one mode', BENCH_USAGE);
  return {
    mode: /** @type {Mode} */ (oneOf('mode', mode, MODES, BENCH_USAGE)),
    precisions: precisions(values.precision, BENCH_USAGE),
    steps: whole('--steps', values.steps, BENCH_USAGE),
    limit: whole('--limit', values.limit, BENCH_USAGE),
    dataset: values.dataset,
    ...commonArguments(values, BENCH_USAGE),
  };
}

/**
 * @param {{arch: string, batch: string, size: string, threads?: string | undefined, json: boolean}} values
 * @param {string} usage
 */
export function commonArguments(values, usage) {
  const size = whole('--size', values.size, usage);
  if (size % 32 !== 0 || size > 512)
    throw wrong(`Expected --size to be a multiple of 32 up to 512 but received ${size}`, usage);
  const named = values.arch === 'all' ? [...ARCHITECTURES] : values.arch.split(',');
  return {
    architectures: named.map((name) => oneOf('--arch', name, ARCHITECTURES, usage)),
    batch: whole('--batch', values.batch, usage),
    size,
    threads: values.threads === undefined ? undefined : whole('--threads', values.threads, usage),
    json: values.json,
  };
}

/**
 * The result of `parse`, whose complaints become a SetupError with the usage.
 * @template T
 * @param {string} usage
 * @param {() => T} parse
 */
export function explained(usage, parse) {
  try {
    return parse();
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error), usage);
  }
}

/** @param {string} text @param {string} usage @returns {Precision[]} */
function precisions(text, usage) {
  if (text === 'both') return ['fp32', 'bf16'];
  return [/** @type {Precision} */ (oneOf('--precision', text, ['fp32', 'bf16', 'both'], usage))];
}

/** @param {string} name @param {string} text @param {string} usage */
export function whole(name, text, usage) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw wrong(`Expected ${name} to be a positive whole number but received "${text}"`, usage);
}

/** @param {string} name @param {string} text @param {readonly string[]} words @param {string} usage */
function oneOf(name, text, words, usage) {
  if (words.includes(text)) return text;
  throw wrong(`Expected ${name} to be one of ${words.join(', ')} but received "${text}"`, usage);
}

/** @param {string} message @param {string} usage */
const wrong = (message, usage) => new SetupError(`${message}\n\n${usage}`);

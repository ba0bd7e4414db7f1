import { FINDINGS } from '../common/findings.js';
import { type ModelOptions, type ModelSpec, parseNumberList } from '../common/model-spec.js';
import { reject, type Verdict, type VerdictCode } from '../common/verdict.js';
import { field } from './ask.js';
import { MAX_CONFIG_BYTES } from './model-files.js';

const KEYS = new Set([
  'version',
  'architecture',
  'options',
  'imageSize',
  'channels',
  'mean',
  'std',
  'labels',
  'activation',
  'training',
]);
const MAX_OPTIONS = 16;

/** A reason to refuse; it never leaves this file. */
class Refused extends Error {
  readonly code: VerdictCode;
  constructor(detail: string, code: VerdictCode = 'BAD_CONFIG') {
    super(detail);
    this.code = code;
  }
}

/**
 * Reads a miner's `config.json`. Total: whatever the bytes are, the answer is a spec or a verdict (BAD_CONFIG,
 * UNKNOWN_ARCHITECTURE, TOO_LARGE). Only the `healthtensor` block counts; what timm reads is of no consequence here.
 * @param knownArchitectures names that exist; without them only the form of the name is checked
 */
export function parseModelConfig(
  bytes: Uint8Array,
  knownArchitectures?: readonly string[],
): Verdict<{ spec: ModelSpec }> {
  try {
    return { ok: true, spec: readSpec(parseJson(bytes), knownArchitectures) };
  } catch (error) {
    if (error instanceof Refused) return reject(error.code, `config.json: ${error.message}`);
    throw error;
  }
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength > MAX_CONFIG_BYTES) {
    throw new Refused(`${bytes.byteLength} bytes where ${MAX_CONFIG_BYTES} are allowed`, 'TOO_LARGE');
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new Refused('not JSON in UTF-8');
  }
}

function readSpec(config: unknown, knownArchitectures: readonly string[] | undefined): ModelSpec {
  const block = field(config, 'healthtensor');
  if (typeof block !== 'object' || block === null || Array.isArray(block))
    throw new Refused('no "healthtensor" object');
  for (const key of Object.keys(block)) {
    if (!KEYS.has(key)) throw new Refused(`unknown key ${shown(key)} in "healthtensor"`);
  }
  expect(field(block, 'version') === 1, 'version', '1', field(block, 'version'));
  const architecture = readArchitecture(field(block, 'architecture'), knownArchitectures);
  const labels = field(block, 'labels');
  const inOrder =
    Array.isArray(labels) &&
    labels.length === FINDINGS.length &&
    FINDINGS.every((name, i) => labels[i] === name);
  expect(inOrder, 'labels', 'the 14 findings in order', labels);
  const activation = field(block, 'activation');
  expect(activation === undefined || activation === 'sigmoid', 'activation', '"sigmoid"', activation);
  const channels = field(block, 'channels');
  if (channels !== 1 && channels !== 3) throw unexpected('channels', '1 or 3', channels);
  return {
    architecture,
    imageSize: readImageSize(field(block, 'imageSize')),
    channels,
    classes: FINDINGS.length,
    mean: readNumbers('mean', field(block, 'mean'), channels, -1000, 1000),
    std: readNumbers('std', field(block, 'std'), channels, 0.001, 1000),
    options: readOptions(field(block, 'options')),
  };
}

function readArchitecture(value: unknown, known: readonly string[] | undefined): string {
  if (typeof value !== 'string' || !/^[a-z][a-z0-9_]{0,31}$/.test(value)) {
    throw unexpected('architecture', 'a name', value);
  }
  if (known !== undefined && !known.includes(value)) {
    throw new Refused(`architecture ${shown(value)} is none of ${known.join(', ')}`, 'UNKNOWN_ARCHITECTURE');
  }
  return value;
}

function readImageSize(value: unknown): number {
  const sound = typeof value === 'number' && value >= 32 && value <= 512 && value % 32 === 0;
  if (!sound) throw unexpected('imageSize', 'a multiple of 32 in 32..512', value);
  return value;
}

function readNumbers(key: string, value: unknown, count: number, least: number, most: number): number[] {
  const sound = (entry: unknown): entry is number =>
    typeof entry === 'number' && entry >= least && entry <= most;
  if (!Array.isArray(value) || value.length !== count || !value.every(sound)) {
    throw unexpected(key, `${count} numbers in ${least}..${most}`, value);
  }
  return value;
}

function readOptions(value: unknown): ModelOptions {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unexpected('options', 'an object', value);
  const entries = Object.entries(value);
  if (entries.length > MAX_OPTIONS) throw unexpected('options', `at most ${MAX_OPTIONS}`, entries.length);
  const options: Record<string, number | string> = {};
  for (const [name, option] of entries) {
    // Names that every object inherits would make `options[name]` say something where nothing was set.
    if (!/^[a-z][a-zA-Z0-9_]{0,31}$/.test(name) || name in {})
      throw unexpected('options', 'plain names', name);
    if (!isOption(option)) {
      throw unexpected(`options.${name}`, 'a finite number or a list like "32-64"', option);
    }
    options[name] = option;
  }
  return options;
}

function isOption(value: unknown): value is number | string {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'string' && parseNumberList(value) !== undefined;
}

function expect(holds: boolean, key: string, expected: string, received: unknown): void {
  if (!holds) throw unexpected(key, expected, received);
}

function unexpected(key: string, expected: string, received: unknown): Refused {
  return new Refused(`expected ${expected} for ${key} but received ${shown(received)}`);
}

/** A hostile value, short enough for a log line. */
function shown(value: unknown): string {
  let text: string;
  try {
    text = value === undefined ? 'nothing' : JSON.stringify(value);
  } catch {
    return 'a value nested too deeply'; // JSON.parse has no such bound
  }
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

import {
  FINDINGS,
  HealthTensorError,
  messageOf,
  reject,
  type Rejection,
  type VerdictCode,
} from '../../common/index.js';
import type { Evaluation, Inspection, Progress, WeightsDistance } from '../../engine/index.js';
import type { Task, TaskMessage, TaskVerdict } from './tasks.js';

/** The frames of a worker: one `ready`, then for each task any number of `progress` and one `verdict` or `error`. */
export type WorkerMessage =
  | { kind: 'ready' }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'verdict'; verdict: TaskVerdict }
  | ErrorMessage;

/** An error of ours: something else than the stranger's file is wrong. */
interface ErrorMessage {
  kind: 'error';
  code: string;
  message: string;
  remedy?: string;
}

/** What a worker can know. The rest of the verdicts is not for it to give: some are remembered for good. */
const CODES: readonly VerdictCode[] = [
  'UNKNOWN_ARCHITECTURE',
  'BAD_CONFIG',
  'BAD_SAFETENSORS',
  'TENSOR_MISMATCH',
  'NOT_FINITE',
  'OUT_OF_MEMORY',
  'EVALUATION_FAILED',
];

/** Characters of an answer's sentence. */
export const MOST_DETAIL = 4096;

/** The most bytes of numbers in an answer: a loss and the logits of each image. */
export function answerBytes(task: Task): number {
  return 'indices' in task ? 4 * (1 + FINDINGS.length) * task.indices.length : 0;
}

export function errorMessage(error: unknown): ErrorMessage {
  if (!(error instanceof HealthTensorError)) {
    return { kind: 'error', code: 'EVALUATION_WORKER', message: messageOf(error) };
  }
  const { code, message, remedy } = error;
  return { kind: 'error', code, message, ...(remedy === undefined ? {} : { remedy }) };
}

/**
 * A worker's frame, looked at before it is believed, with nothing in it that was not looked at: the worker has read a
 * stranger's file. Without a task only `ready` and errors are expected.
 * @throws Error when it is no answer to the task
 */
export function workerMessage(frame: unknown, asked?: TaskMessage): WorkerMessage {
  const message = recordOf(frame);
  switch (message.kind) {
    case 'error':
      return errorIn(message);
    case 'ready':
      if (asked === undefined) return { kind: 'ready' };
      break;
    case 'progress':
      if (asked !== undefined) return { kind: 'progress', progress: progressIn(message.progress) };
      break;
    case 'verdict':
      if (asked !== undefined) return { kind: 'verdict', verdict: verdictIn(message.verdict, asked) };
  }
  throw senseless();
}

function errorIn({ code, message, remedy }: Fields): ErrorMessage {
  const error = {
    kind: 'error' as const,
    code: checked(code, (text) => isText(text) && /^[A-Z_]{1,40}$/.test(text)) as string,
    message: textIn(message),
  };
  return remedy === undefined ? error : { ...error, remedy: textIn(remedy) };
}

const PROGRESS_FIGURES = [
  'epoch',
  'batch',
  'batches',
  'images',
  'imagesPerSecond',
  'loss',
  'learningRate',
] as const;

function progressIn(value: unknown): Progress {
  const { phase, ...figures } = recordOf(value);
  checked(phase, () => phase === 'evaluate');
  return { phase: 'evaluate', ...pick(figures, PROGRESS_FIGURES, numberIn) };
}

function verdictIn(value: unknown, { name, task }: TaskMessage): TaskVerdict {
  const verdict = recordOf(value);
  if (verdict.ok === false) return rejectionIn(verdict);
  checked(verdict.ok, () => verdict.ok === true);
  switch (name) {
    case 'inspect':
      return { ok: true, ...inspectionIn(verdict) };
    case 'evaluate':
      return { ok: true, evaluation: evaluationIn(verdict.evaluation, task as Task<'evaluate'>) };
    case 'distance':
      return { ok: true, ...distanceIn(verdict) };
  }
}

function rejectionIn({ code, detail }: Fields): Rejection {
  return reject(checked(code, () => CODES.some((known) => known === code)) as VerdictCode, textIn(detail));
}

function inspectionIn({ parameters, tensorDigest, backboneDigest }: Fields): Inspection {
  return {
    parameters: numberIn(parameters),
    tensorDigest: digestIn(tensorDigest, 64),
    backboneDigest: digestIn(backboneDigest, 16),
  };
}

function distanceIn(fields: Fields): WeightsDistance {
  return pick(fields, ['relative', 'backbone', 'head'], numberIn);
}

function evaluationIn(value: unknown, { indices }: Task<'evaluate'>): Evaluation {
  const fields = recordOf(value);
  const images = indices.length;
  checked(fields.images, () => fields.images === images);
  return {
    images,
    perImageLoss: floatsIn(fields.perImageLoss, images),
    logits: floatsIn(fields.logits, images * FINDINGS.length),
    ...pick(fields, ['auroc', 'auprc'], (list) => listIn(list, numberOrNullIn)),
    ...pick(fields, ['brier', 'ece'], (list) => listIn(list, numberIn)),
    ...pick(fields, ['loss', 'meanBrier', 'meanEce'], numberIn),
    ...pick(fields, ['meanAuroc', 'meanAuprc'], numberOrNullIn),
  };
}

type Fields = Partial<Record<string, unknown>>;

function recordOf(value: unknown): Fields {
  return checked(value, () => typeof value === 'object' && value !== null) as Fields;
}

function pick<K extends string, T>(
  fields: Fields,
  names: readonly K[],
  read: (value: unknown) => T,
): Record<K, T> {
  return Object.fromEntries(names.map((name) => [name, read(fields[name])])) as Record<K, T>;
}

function digestIn(value: unknown, digits: number): string {
  return checked(
    value,
    (text) => isText(text) && text.length === digits && /^[0-9a-f]+$/.test(text),
  ) as string;
}

function floatsIn(value: unknown, length: number): Float32Array {
  return checked(
    value,
    (array) => array instanceof Float32Array && array.length === length && array.every(Number.isFinite),
  ) as Float32Array;
}

function listIn<T>(value: unknown, read: (one: unknown) => T): T[] {
  const list = checked(value, () => Array.isArray(value) && value.length === FINDINGS.length) as unknown[];
  return list.map(read);
}

function numberIn(value: unknown): number {
  return checked(value, Number.isFinite) as number;
}

function numberOrNullIn(value: unknown): number | null {
  return value === null ? null : numberIn(value);
}

function textIn(value: unknown): string {
  return checked(value, isText) as string;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST_DETAIL;
}

function checked<T>(value: T, holds: (value: T) => boolean): T {
  if (!holds(value)) throw senseless();
  return value;
}

function senseless(): Error {
  return new Error('an answer that makes no sense');
}

import {
  FINDINGS,
  HealthTensorError,
  messageOf,
  type Rejection,
  VERDICT_CODES,
  type VerdictCode,
} from '../../common/index.js';
import type { Evaluation, Progress } from '../../engine/index.js';
import type { Task, TaskMessage, TaskName, TaskVerdict } from './tasks.js';

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

type Accepted<N extends TaskName> = Extract<TaskVerdict<N>, { ok: true }>;

/** Characters of an answer's sentence. */
export const MOST_DETAIL = 4096;

/** The most bytes of numbers in an answer: a loss and the logits of each image, twice over. */
export function answerBytes(task: Task): number {
  return 'indices' in task ? 2 * 4 * (1 + FINDINGS.length) * task.indices.length : 0;
}

export function errorMessage(error: unknown): ErrorMessage {
  if (!(error instanceof HealthTensorError)) {
    return { kind: 'error', code: 'EVALUATION_WORKER', message: messageOf(error) };
  }
  const { code, message, remedy } = error;
  return { kind: 'error', code, message, ...(remedy === undefined ? {} : { remedy }) };
}

/**
 * A worker's frame, looked at before it is believed: the worker has read strangers' files. Without a task only `ready`
 * and errors are expected.
 * @throws Error when it is no answer to the task
 */
export function workerMessage(frame: unknown, asked?: TaskMessage): WorkerMessage {
  const message = frame as WorkerMessage | null;
  if (message?.kind === 'error' && isError(message)) return message;
  if (message?.kind === 'ready' && asked === undefined) return message;
  if (message?.kind === 'progress' && asked !== undefined && isProgress(message.progress)) return message;
  if (message?.kind === 'verdict' && asked !== undefined && isVerdict(message.verdict, asked)) return message;
  throw new Error('an answer that makes no sense');
}

function isError({ code, message, remedy }: ErrorMessage): boolean {
  return (
    isText(code) && /^[A-Z_]{1,40}$/.test(code) && isText(message) && (remedy === undefined || isText(remedy))
  );
}

function isProgress(progress: Progress): boolean {
  const { phase, ...figures } = progress;
  return phase === 'evaluate' && Object.values(figures).every(isFigure);
}

function isVerdict(verdict: TaskVerdict, { name, task }: TaskMessage): boolean {
  if (!verdict.ok) return isRejection(verdict);
  if (verdict.ok !== true) return false;
  switch (name) {
    case 'inspect':
      return isInspection(verdict as Accepted<'inspect'>);
    case 'evaluate':
      return isEvaluation((verdict as Accepted<'evaluate'>).evaluation, task as Task<'evaluate'>);
    case 'distance': {
      const { relative, backbone, head } = verdict as Accepted<'distance'>;
      return [relative, backbone, head].every(isFigure);
    }
  }
}

function isRejection({ code, detail, evidence = {} }: Rejection): boolean {
  return (
    (VERDICT_CODES as readonly VerdictCode[]).includes(code) &&
    isText(detail) &&
    Object.values(evidence).every((value) => isText(value) || isFigure(value))
  );
}

function isInspection({ parameters, tensorDigest, backboneDigest }: Accepted<'inspect'>): boolean {
  return isFigure(parameters) && isDigest(tensorDigest, 64) && isDigest(backboneDigest, 16);
}

function isEvaluation(evaluation: Evaluation, { indices }: Task<'evaluate'>): boolean {
  const { perImageLoss, logits, auroc, auprc, brier, ece, meanAuroc, meanAuprc } = evaluation;
  const images = indices.length;
  return (
    evaluation.images === images &&
    isNumbers(perImageLoss, images) &&
    isNumbers(logits, images * FINDINGS.length) &&
    [auroc, auprc, brier, ece].every((list) => isFindings(list)) &&
    [evaluation.loss, evaluation.meanBrier, evaluation.meanEce].every(isFigure) &&
    [meanAuroc, meanAuprc].every(isFigureOrNull)
  );
}

function isDigest(text: unknown, digits: number): boolean {
  return typeof text === 'string' && text.length === digits && /^[0-9a-f]+$/.test(text);
}

function isNumbers(array: unknown, length: number): boolean {
  return array instanceof Float32Array && array.length === length;
}

function isFindings(list: unknown): boolean {
  return Array.isArray(list) && list.length === FINDINGS.length && list.every(isFigureOrNull);
}

function isFigure(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

function isFigureOrNull(value: unknown): boolean {
  return value === null || isFigure(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MOST_DETAIL;
}

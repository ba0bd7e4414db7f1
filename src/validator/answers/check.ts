import { type Evidence, HealthTensorError, messageOf, type Rejection } from '../../common/index.js';
import { ANSWERS } from './answers.js';

/** One line of an answer: what was looked at, how it stands, and what to do about it. */
export interface Check {
  /** Stable, for programs. */
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'failure';
  /** Of a verdict, or of an error of ours. */
  readonly code?: string;
  readonly text: string;
  /** Always there when the level is not ok. */
  readonly remedy?: string;
  readonly evidence?: Evidence;
}

export function passed(check: string, text: string, evidence?: Evidence): Check {
  return { check, level: 'ok', text, ...(evidence && { evidence }) };
}

/** A verdict against the model: what a validator would say, word for word. */
export function refused(check: string, { code, detail, evidence }: Rejection): Check {
  const { remedy } = ANSWERS[code];
  return { check, level: 'failure', code, text: `${code}: ${detail}`, remedy, ...(evidence && { evidence }) };
}

/** What was found is no verdict, but somebody should know. */
export function warned(check: string, text: string, remedy: string): Check {
  return { check, level: 'warning', text, remedy };
}

/** What somebody has to mend. */
export function failed(check: string, code: string, text: string, remedy: string): Check {
  return { check, level: 'failure', code, text, remedy };
}

/** What could not be looked at because something of ours, the hub or the chain failed. */
export function notChecked(check: string, error: unknown): Check {
  const { code, remedy } =
    error instanceof HealthTensorError ? error : { code: 'UNKNOWN', remedy: undefined };
  return {
    check,
    level: 'warning',
    code,
    text: `not checked: ${messageOf(error)}`,
    remedy: remedy ?? 'See the message.',
  };
}

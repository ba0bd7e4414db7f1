import { messageOf, reject, type Rejection, VERDICT_CODES, type VerdictCode } from '../common/index.js';
import { codeOf } from './native-errors.js';

/** The rejection that an error stands for; an error that is none of the model's is thrown again. */
export function rejectionOf(error: unknown): Rejection {
  const code = codeOf(error);
  // The architecture and the file were checked before: an operation that fails then does so for these weights.
  if (code === 'ENGINE_FAILED') return reject('EVALUATION_FAILED', messageOf(error));
  if (isVerdictCode(code)) return reject(code, messageOf(error));
  throw error;
}

function isVerdictCode(code: string | undefined): code is VerdictCode {
  return (VERDICT_CODES as readonly string[]).includes(code ?? '');
}

import { OptionError } from '../common/index.js';

/** What the operator asked for; whether the machine has it shows when the device is opened. */
export type DeviceRequest = { kind: 'cpu'; threads?: number } | { kind: 'gpu'; indices?: readonly number[] };

const EXPECTED = 'gpu, gpu:<index>[,<index>...], cpu or cpu:<threads>';
const MOST_THREADS = 1024;

/** Reads `gpu`, `gpu:0,2`, `cpu` or `cpu:4`. OptionError for anything else. Loads nothing and asks nothing of the machine. */
export function parseDevice(option: string, text: string): DeviceRequest {
  const [kind = '', detail, ...more] = text.trim().toLowerCase().split(':');
  const wrong = () => new OptionError(option, EXPECTED, text, ['gpu', 'cpu']);
  if (more.length > 0) throw wrong();
  if (kind === 'cpu') {
    if (detail === undefined) return { kind };
    const threads = parseCount(detail);
    if (threads === undefined || threads < 1 || threads > MOST_THREADS) throw wrong();
    return { kind, threads };
  }
  if (kind !== 'gpu') throw wrong();
  if (detail === undefined) return { kind };
  const indices = detail.split(',').map(parseCount);
  if (!indices.every((index) => index !== undefined) || new Set(indices).size < indices.length) throw wrong();
  return { kind, indices };
}

function parseCount(text: string): number | undefined {
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

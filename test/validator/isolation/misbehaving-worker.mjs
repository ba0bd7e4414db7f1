// A worker, as built, whose `inspect` does what the name of the file says.
import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setInterval } from 'node:timers';
import { evaluateWeights } from '../../../dist/engine/index.js';
import { serve } from '../../../dist/validator/isolation/serve.js';

const rejected = (code, detail) => ({ ok: false, code, detail: String(detail) });

/** Answers that a worker in a stranger's hands might give. */
const ANSWERS = {
  'no-verdict': { ok: 'perhaps' },
  'unknown-code': { ok: false, code: 'GENEROUS', detail: '' },
  infinite: { ok: true, parameters: Infinity, tensorDigest: '0'.repeat(64), backboneDigest: '0'.repeat(16) },
  'no-digest': { ok: true, parameters: 7, tensorDigest: '../../hotkey', backboneDigest: '0'.repeat(16) },
};

const held = [];

const DEEDS = {
  'long-story': () => rejected('BAD_SAFETENSORS', 'x'.repeat(5000)),
  pid: () => rejected('BAD_CONFIG', process.pid),
  hang: () => new Promise(() => setInterval(() => {}, 1000)),
  spin: () => {
    for (;;);
  },
  exit: () => process.exit(7),
  crash: () => process.kill(process.pid, 'SIGSEGV'),
  killed: () => process.kill(process.pid, 'SIGKILL'),
  grow: () => {
    setInterval(() => held.push(Buffer.alloc(32 * 2 ** 20, 1)), 10);
    return new Promise(() => {});
  },
  keep: () => {
    held.push(Buffer.alloc(300 * 2 ** 20, 1));
    return rejected('BAD_CONFIG', process.pid);
  },
  doubtful: () => rejected('OUT_OF_MEMORY', process.pid),
  garbage: () => writeFileSync(3, Buffer.alloc(64, 255)),
};

/** `once-<deed>`: as long as the file is not there. */
async function inspect({ weightsPath }) {
  const name = basename(weightsPath);
  const deed = name.replace(/^once-/, '');
  if (deed !== name && existsSync(weightsPath)) return rejected('BAD_CONFIG', 'second try');
  return ANSWERS[deed] ?? (await DEEDS[deed]());
}

serve({ inspect, evaluate: (task, device, control) => evaluateWeights({ ...task, device, ...control }) });

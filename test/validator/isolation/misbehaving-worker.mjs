// A worker, as built, whose `inspect` does what the name of the file says, and whose `evaluate` never ends.
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate, setInterval } from 'node:timers';
import { serve } from '../../../dist/validator/isolation/serve.js';

const rejected = (code, detail) => ({ ok: false, code, detail: String(detail) });

const held = [];

const DEEDS = {
  'no-verdict': () => ({ ok: 'perhaps' }),
  'long-story': () => rejected('BAD_SAFETENSORS', 'x'.repeat(5000)),
  pid: () => rejected('BAD_CONFIG', process.pid),
  offspring: () => {
    const script = 'setTimeout(() => {}, 60_000)';
    const child = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'inherit', 'inherit', 3],
      detached: true,
    });
    return rejected('BAD_CONFIG', child.pid);
  },
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
  doubtful: () => rejected('OUT_OF_MEMORY', process.pid),
  garbage: () => writeFileSync(3, Buffer.alloc(64, 255)),
};

/** `once-<deed>`: as long as the file is not there. */
async function inspect({ weightsPath }) {
  const name = basename(weightsPath);
  const deed = name.replace(/^once-/, '');
  if (deed !== name && existsSync(weightsPath)) return rejected('BAD_CONFIG', 'second try');
  return await DEEDS[deed]();
}

/** Says that it is at work, and looks at nothing any more. */
function evaluate(task, device, { onProgress }) {
  const figures = { epoch: 0, batch: 0, batches: 1, images: 0, imagesPerSecond: 0, loss: 0, learningRate: 0 };
  onProgress({ phase: 'evaluate', ...figures });
  setImmediate(DEEDS.spin);
  return new Promise(() => {});
}

serve({ inspect, evaluate });

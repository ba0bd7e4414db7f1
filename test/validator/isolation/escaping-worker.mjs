// A worker, as built, whose `distance` tries to get out; its `detail` says how far it came. Of the two files that it may
// read, the first says where it is, and the second is what it tries.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { serve } from '../../../dist/validator/isolation/serve.js';

const held = [];

/** Whether so many bytes are given, though nothing is written to them. */
function given(bytes) {
  try {
    held.push(Buffer.alloc(bytes));
    return true;
  } catch {
    return false;
  }
}

const LOOKS = {
  escape: async ({ weightsPath, otherPath }) => {
    const { outcomes } = await import(otherPath);
    const place = JSON.parse(readFileSync(weightsPath, 'utf8'));
    return await outcomes({ ...place, inside: dirname(weightsPath), victim: process.ppid });
  },
  environment: () => process.env,
  memory: () => [given(2 ** 28), given(3 * 2 ** 30)],
};

serve({
  distance: async (task) => {
    const seen = await LOOKS[task.spec.architecture](task);
    return { ok: false, code: 'BAD_CONFIG', detail: JSON.stringify(seen) };
  },
});

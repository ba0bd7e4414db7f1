// A worker, as built, whose `inspect` tries to get out; its `detail` says how far it came.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { serve } from '../../../dist/validator/isolation/serve.js';
import { outcomes } from './escapes.mjs';

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
  escape: async (folder) => {
    const place = JSON.parse(readFileSync(`${folder}/place.json`, 'utf8'));
    return await outcomes({ ...place, inside: folder, victim: process.ppid });
  },
  environment: () => process.env,
  memory: () => [given(2 ** 28), given(3 * 2 ** 30)],
};

serve({
  inspect: async ({ weightsPath, spec }) => {
    const seen = await LOOKS[spec.architecture](dirname(weightsPath));
    return { ok: false, code: 'BAD_CONFIG', detail: JSON.stringify(seen) };
  },
});

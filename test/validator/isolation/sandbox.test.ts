import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { silentLog } from '../../../src/common/index.js';
import { EvaluationWorkers } from '../../../src/validator/isolation/evaluation-workers.js';
import { GRAYSCALE_SPEC as SPEC } from '../../support/grayscale-model.js';
import { DEVICE } from '../../support/small-training.js';
import { inTemporaryFolder } from '../../support/temporary-folder.js';
import { outcomes, VICTIMS } from './escapes.mjs';

const ESCAPING = join(import.meta.dirname, 'escaping-worker.mjs');
const ESCAPES = join(import.meta.dirname, 'escapes.mjs');
const SECRET = 'secretPhrase: bottom drive obey lake curtain smoke';

interface Place {
  outside: string;
  inside: string;
  port: number;
}

async function listening(server: Server): Promise<Server> {
  await once(server, 'listening');
  return server;
}

/** A hotkey and other victims, servers that wait for a caller, and a folder with what may be read. */
async function inPlace<T>(body: (place: Place) => Promise<T>): Promise<T> {
  return await inTemporaryFolder(async (outside) => {
    const inside = join(outside, 'models');
    await mkdir(inside);
    for (const name of VICTIMS) await writeFile(join(outside, name), SECRET, { mode: 0o600 });
    await symlink('../hotkey', join(inside, 'link'));
    await writeFile(join(inside, 'other'), 'weights');
    const tcp = await listening(createServer().listen(0, '127.0.0.1'));
    const local = await listening(createServer().listen(join(outside, 'socket')));
    try {
      const { port } = tcp.address() as AddressInfo;
      await writeFile(join(inside, 'place.json'), JSON.stringify({ outside, port }));
      return await body({ outside, inside, port });
    } finally {
      tcp.close();
      local.close();
    }
  });
}

/** What the worker saw when it did one thing. */
async function seen(
  inside: string,
  what: string,
  limits: Parameters<typeof EvaluationWorkers.open>[0]['limits'] = {},
): Promise<unknown> {
  const workers = await EvaluationWorkers.open({ device: DEVICE, log: silentLog, program: ESCAPING, limits });
  try {
    const spec = { ...SPEC, architecture: what };
    const verdict = await workers.distance({
      spec,
      weightsPath: join(inside, 'place.json'),
      otherPath: ESCAPES,
    });
    if (verdict.ok || verdict.code !== 'BAD_CONFIG') throw new Error(JSON.stringify(verdict));
    return JSON.parse(verdict.detail);
  } finally {
    await workers.close();
  }
}

describe('the sandbox of evaluation workers', () => {
  test('refuses everything that this process itself may do', () =>
    inPlace(async (place) => {
      const there = (await seen(place.inside, 'escape')) as Record<string, string>;
      expect(await readFile(join(place.outside, 'hotkey'), 'utf8')).toBe(SECRET);
      expect(await readdir(place.inside)).toEqual(['link', 'other', 'place.json']);
      const here = await outcomes({ ...place, victim: process.pid });
      expect(Object.values(here)).toEqual(Array(Object.keys(here).length).fill('done'));
      expect(Object.keys(there)).toEqual(Object.keys(here));
      for (const [attempt, outcome] of Object.entries(there)) {
        expect([attempt, outcome]).toEqual([attempt, expect.stringMatching(/^(EACCES|EPERM)$/)]);
      }
    }));

  test('shows nothing of the environment', () =>
    inPlace(async ({ inside }) => {
      process.env.HEALTHTENSOR_TEST_TOKEN = 'hf_secret';
      try {
        expect(await seen(inside, 'environment')).toEqual({});
      } finally {
        delete process.env.HEALTHTENSOR_TEST_TOKEN;
      }
    }));

  test('gives no more memory than the limit and a gibibyte for the process', () =>
    inPlace(async ({ inside }) => {
      expect(await seen(inside, 'memory', { memoryBytes: 2 ** 30 })).toEqual([true, false]);
    }));

  test('says what is in force', async () => {
    const workers = await EvaluationWorkers.open({ device: DEVICE, log: silentLog });
    await workers.close();
    const words = workers.protections.join('; ');
    expect(words).toMatch(/no sockets, programs or writing \(seccomp\)/);
    expect(words).toMatch(/no_new_privs/);
  });
});

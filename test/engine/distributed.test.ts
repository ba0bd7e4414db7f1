import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { silentLog } from '../../src/common/index.js';
import {
  type Launch,
  launchOf,
  modelSpec,
  openTraining,
  plainRecipe,
  ProcessGroup,
  type ProcessGroupOptions,
  Trainer,
  type TrainerOptions,
} from '../../src/engine/index.js';
import { type Running, startNode } from '../support/command.js';
import { rows } from '../support/pixel-cache.js';
import { DEVICE, smallTraining } from '../support/small-training.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const PEER = join(import.meta.dirname, 'distributed-peer.mjs');
const TIMEOUT_MS = 20_000;

// 30 images in batches of 8: the last batch has 6, of which two processes take 3 each, and three 2 each.
const UNEVEN: Partial<TrainerOptions> = { trainIndices: rows(30), validationIndices: rows(9, 31) };

interface Curve {
  losses: number[];
  validation: number[];
}

async function twoEpochs(trainer: Trainer): Promise<Curve> {
  const curve: Curve = { losses: [], validation: [] };
  for (let epoch = 0; epoch < 2; epoch += 1) {
    curve.losses.push((await trainer.trainEpoch()).loss);
    curve.validation.push((await trainer.validate()).loss);
  }
  return curve;
}

/** The options without what is a process' own, and rows as JSON can say them. */
function asText(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (one instanceof Uint32Array ? [...one] : one));
}

function startPeer(what: 'train' | 'follow' | 'lead', task: object): Running {
  return startNode(PEER, [what, asText(task)], { env: { TORCH_CPP_LOG_LEVEL: 'ERROR' } });
}

/** A port that was free a moment ago, as a launcher chooses one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function place(rank: number, size: number, masterPort: number): ProcessGroupOptions {
  return { rank, size, masterAddress: '127.0.0.1', masterPort, timeoutMs: TIMEOUT_MS, attempt: 'none/0' };
}

function torchrun(rank: number, size: number, port: number): Launch {
  const env = { RANK: `${rank}`, WORLD_SIZE: `${size}`, MASTER_ADDR: '127.0.0.1', MASTER_PORT: `${port}` };
  return launchOf(undefined, env);
}

async function alone(options: TrainerOptions): Promise<Curve> {
  const trainer = await Trainer.open(options);
  try {
    return await twoEpochs(trainer);
  } finally {
    trainer.dispose();
  }
}

function expectSameCurve(curve: Curve, wanted: Curve, digits: number): void {
  for (const part of ['losses', 'validation'] as const) {
    expect(curve[part]).toHaveLength(wanted[part].length);
    for (const [i, value] of wanted[part].entries()) expect(curve[part][i]).toBeCloseTo(value, digits);
  }
}

describe('a training by several processes', () => {
  const everything = plainRecipe({
    learningRate: 1e-4,
    optimizer: 'adamw',
    weightDecay: 0.01,
    accumulate: 2,
    emaDecay: 0.9,
    clipNorm: 1,
    labelSmoothing: 0.05,
    augmentation: {
      rotation: 5,
      shift: 0.05,
      scale: 0.05,
      contrast: 0.1,
      brightness: 0.1,
      noise: 0.01,
      flip: 0.5,
    },
  });

  // Sums over the batch are taken in another order, and batch norm over few values magnifies what that changes.
  test.each<[string, number, Partial<TrainerOptions>]>([
    ['cnn with dropout, augmentation and accumulated batches', 5, { recipe: everything }],
    [
      'mobile with batch norm',
      4,
      {
        // One step an epoch: each magnifies what the one before has left.
        trainIndices: rows(7),
        spec: modelSpec('mobile', { imageSize: 32, channels: 1, options: { width: 0.25 } }),
        recipe: plainRecipe({ learningRate: 1e-4 }),
      },
    ],
  ])(
    'comes to the losses of one process, and to the same weights everywhere: %s',
    async (_, digits, changes) => {
      await inTemporaryFolder(async (folder) => {
        const options = await smallTraining(folder, { ...UNEVEN, ...changes });
        const wanted = await alone(options);
        const port = await freePort();
        const weights = join(folder, 'peer');
        const peer = startPeer('train', { group: place(1, 2, port), options, weights });
        const trainer = await openTraining(options, torchrun(0, 2, port), {
          log: silentLog,
          timeoutMs: TIMEOUT_MS,
        });
        try {
          expectSameCurve(await twoEpochs(trainer), wanted, digits);
          await trainer.saveWeights(join(folder, 'leader'));
          expect((await peer.ended).code).toBe(0);
          expect((await readFile(weights)).equals(await readFile(join(folder, 'leader')))).toBe(true);
        } finally {
          trainer.dispose();
          peer.kill('SIGKILL');
        }
      });
    },
  );

  test('is started by one process on this machine, which hands it the options', async () => {
    await inTemporaryFolder(async (folder) => {
      // Batches of 2 for three processes: each of them works on the whole batch.
      const options = await smallTraining(folder, { batchSize: 2, trainIndices: rows(8) });
      const wanted = await alone(options);
      const trainer = await openTraining(options, { kind: 'here', processes: 3 }, { log: silentLog });
      try {
        expectSameCurve(await twoEpochs(trainer), wanted, 4);
      } finally {
        trainer.dispose();
      }
    });
  });

  test('trains the head of a frozen backbone from features that are computed once', async () => {
    await inTemporaryFolder(async (folder) => {
      const options = await smallTraining(folder, {
        ...UNEVEN,
        recipe: plainRecipe({ backboneRate: 0, learningRate: 1e-4 }),
        featureCache: join(folder, 'features'),
      });
      await mkdir(join(folder, 'features'));
      const trainer = await openTraining(options, { kind: 'here', processes: 2 }, { log: silentLog });
      try {
        const curve = await twoEpochs(trainer);
        expectSameCurve(curve, await alone({ ...options, checkpointPath: join(folder, 'other') }), 4);
      } finally {
        trainer.dispose();
      }
    });
  });

  test('goes on from the checkpoint of one process', async () => {
    await inTemporaryFolder(async (folder) => {
      const options = await smallTraining(folder, UNEVEN);
      const first = await Trainer.open(options);
      await first.trainEpoch();
      await first.saveCheckpoint();
      const wanted = await first.trainEpoch();
      first.dispose();
      const trainer = await openTraining(
        { ...options, resume: true },
        { kind: 'here', processes: 2 },
        { log: silentLog },
      );
      try {
        expect(trainer.resumed).toBe(true);
        expect(trainer.position().epoch).toBe(1);
        expect((await trainer.trainEpoch()).loss).toBeCloseTo(wanted.loss, 4);
      } finally {
        trainer.dispose();
      }
    });
  });
});

describe('the end of a process of a training', () => {
  test('by kill -9 ends the training of the others with PEER_LOST, and the checkpoint is sound', async () => {
    await inTemporaryFolder(async (folder) => {
      const options = await smallTraining(folder, { ...UNEVEN, batchSize: 2 });
      const port = await freePort();
      const follow = { launch: torchrun(1, 2, port), cachePath: options.cachePath, timeoutMs: TIMEOUT_MS };
      const peer = startPeer('follow', follow);
      const trainer = await openTraining(options, torchrun(0, 2, port), {
        log: silentLog,
        timeoutMs: TIMEOUT_MS,
      });
      try {
        let lost: unknown;
        const onProgress = () => peer.kill('SIGKILL');
        for (let epoch = 0; epoch < 50 && lost === undefined; epoch += 1) {
          await trainer
            .trainEpoch({ onProgress, checkpointEvery: 3, checkpointShare: 1 })
            .catch((error: unknown) => {
              lost = error;
            });
        }
        expect(lost).toMatchObject({
          code: 'PEER_LOST',
          message: expect.stringMatching(/^Another process of this training was lost/) as unknown,
        });
        // The step that failed has changed nothing: what is saved now is as good as the last whole step.
        const position = trainer.position();
        await trainer.saveCheckpoint();
        const resumed = await Trainer.open({ ...options, resume: true });
        expect(resumed.position()).toEqual(position);
        await resumed.trainEpoch();
        resumed.dispose();
        await expect(trainer.trainEpoch()).rejects.toMatchObject({ code: 'PEER_LOST' });
      } finally {
        trainer.dispose();
        peer.kill('SIGKILL');
      }
    });
  });

  test('in order is told to the others, which end in order', async () => {
    await inTemporaryFolder(async (folder) => {
      const options = await smallTraining(folder);
      const port = await freePort();
      const peer = startPeer('follow', {
        launch: torchrun(1, 2, port),
        cachePath: options.cachePath,
        timeoutMs: TIMEOUT_MS,
      });
      const trainer = await openTraining(options, torchrun(0, 2, port), {
        log: silentLog,
        timeoutMs: TIMEOUT_MS,
      });
      await trainer.trainEpoch();
      trainer.dispose();
      const { code, stdout } = await peer.ended;
      expect([code, stdout]).toEqual([0, 'told to end\n']);
    });
  });

  test('that leads, by kill -9, ends those that it has started', async () => {
    await inTemporaryFolder(async (folder) => {
      const leader = startPeer('lead', { options: await smallTraining(folder) });
      const pid = Number(await leader.sees(/child (\d+)\n/));
      leader.kill('SIGKILL');
      await leader.ended;
      const deadline = Date.now() + 10_000;
      // Neither its standard streams nor its exit are ours to wait for.
      while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
      expect(isAlive(pid)).toBe(false);
    });
  });
});

describe('an abort of a training by several processes', () => {
  test('stops all of them at the same step, from which they go on together', async () => {
    await inTemporaryFolder(async (folder) => {
      const options = await smallTraining(folder, { ...UNEVEN, batchSize: 2 });
      const wanted = await alone(options);
      const trainer = await openTraining(options, { kind: 'here', processes: 2 }, { log: silentLog });
      try {
        const stop = new AbortController();
        const reason = new Error('enough');
        const aborted = trainer.trainEpoch({ signal: stop.signal, onProgress: () => stop.abort(reason) });
        await expect(aborted).rejects.toBe(reason);
        const { epoch, batch, batches } = trainer.position();
        expect([epoch, batch < batches]).toEqual([0, true]);
        expectSameCurve(await twoEpochs(trainer), wanted, 4);
      } finally {
        trainer.dispose();
      }
    });
  });
});

describe('a group of processes', () => {
  test('listens on the address that it was told and on no other', async () => {
    const group = await ProcessGroup.open(place(0, 2, 0));
    try {
      expect(group.port).toBeGreaterThan(0);
      const port = group.port.toString(16).toUpperCase().padStart(4, '0');
      const listening = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .map((line) => line.trim().split(/\s+/))
          .filter(([, local, , state]) => local?.endsWith(`:${port}`) === true && state === '0A')
          .map(([, local]) => local),
      );
      expect(listening).toEqual([`0100007F:${port}`]);
    } finally {
      group.dispose();
    }
  });

  test('that does not come together in time says how many came', async () => {
    const group = await ProcessGroup.open({ ...place(0, 3, 0), timeoutMs: 300 });
    try {
      await expect(group.join(DEVICE)).rejects.toMatchObject({
        code: 'GROUP_INCOMPLETE',
        message: expect.stringContaining('Expected 3 processes but 1 came') as unknown,
      });
    } finally {
      group.dispose();
    }
  });

  test('can be given up while it waits for the others', async () => {
    const group = await ProcessGroup.open(place(0, 2, 0));
    try {
      const stop = new AbortController();
      const joined = group.join(DEVICE, stop.signal);
      stop.abort(new Error('enough'));
      await expect(joined).rejects.toThrow('enough');
    } finally {
      group.dispose();
    }
  });

  test('cannot meet at an address that is not this machine', async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737).
    await expect(ProcessGroup.open({ ...place(0, 2, 0), masterAddress: '192.0.2.1' })).rejects.toMatchObject({
      code: 'GROUP_ADDRESS',
      remedy: expect.stringContaining('MASTER_ADDR') as unknown,
    });
  });

  test('with other data than the leader is refused', async () => {
    await inTemporaryFolder(async (folder) => {
      const options = await smallTraining(folder);
      const port = await freePort();
      const task = { group: place(1, 2, port), options: { ...options, seed: 8 }, weights: '' };
      const peer = startPeer('train', task);
      await expect(
        openTraining(options, torchrun(0, 2, port), { log: silentLog, timeoutMs: TIMEOUT_MS }),
      ).rejects.toMatchObject({ code: 'GROUP_MISMATCH' });
      expect((await peer.ended).stdout).toMatch(/^failed GROUP_MISMATCH/);
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    // A process that has ended and was not yet waited for is a zombie.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

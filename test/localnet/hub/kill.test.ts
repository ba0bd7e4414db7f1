import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { transform } from '@swc/core';
import { inTemporaryFolder } from '../../support/temporary-folder.js';
import { ALICE, commitLines, createModel, fileLine } from './with-hub.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** The hub's sources as JavaScript in a folder of their own: a process apart cannot use jest's transformation. */
async function compileHub(folder: string): Promise<void> {
  for (const part of ['src/common', 'src/localnet/hub']) {
    for (const file of await readdir(join(ROOT, part), { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const { code } = await transform(await readFile(join(ROOT, part, file), 'utf8'), {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      });
      const target = join(folder, part, file.replace(/\.ts$/, '.js'));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, code);
    }
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(
    join(folder, 'main.js'),
    `import { startLocalHub } from './src/localnet/hub/index.js';
     const tokens = [{ token: '${ALICE}', user: 'alice', role: 'write' }];
     const hub = await startLocalHub({ port: 0, directory: process.argv[2], tokens });
     process.once('SIGTERM', () => hub.close());
     console.log(hub.url);`,
  );
}

async function startHub(folder: string, directory: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(folder, 'main.js'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const started = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line));
  const failed = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the hub ended with ${code}`)),
  );
  failed.catch(() => {});
  return { child, url: await Promise.race([started, failed]) };
}

test('a hub killed amid commits loses none that it confirmed and keeps sound repositories', async () => {
  await inTemporaryFolder(async (folder) => {
    await compileHub(folder);
    const directory = join(folder, 'hub');
    const confirmed: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const { child, url } = await startHub(folder, directory);
      if (round === 0) await createModel(url);
      const died = once(child, 'exit');
      const enough = confirmed.length + 6;
      // Four writers; the hub is killed at the sixth confirmation, with other commits at every stage of being written.
      const writer = async (name: string) => {
        for (let i = 0; ; i += 1) {
          const response = await commitLines(url, [
            fileLine(`${name}/${i}.txt`, `${round} ${i}`.repeat(500)),
          ]);
          confirmed.push(((await response.json()) as { commitOid: string }).commitOid);
          if (confirmed.length >= enough) child.kill('SIGKILL');
        }
      };
      await Promise.allSettled(['a', 'b', 'c', 'd'].map(writer));
      await died;
    }

    const { child, url } = await startHub(folder, directory);
    try {
      const log = (await (await fetch(`${url}/api/models/alice/xray/commits/main?limit=1000`)).json()) as {
        id: string;
      }[];
      expect(log.map((commit) => commit.id)).toEqual(expect.arrayContaining(confirmed));
      expect((await commitLines(url, [fileLine('after', 'after')])).status).toBe(200);
    } finally {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      // Closing the hub is all it takes for its process to end.
      expect(await ended).toEqual([0, null]);
    }
    if (spawnSync('git', ['--version']).status === 0) {
      const repository = join(directory, 'repos', 'models', 'alice', 'xray.git');
      const fsck = spawnSync('git', ['-C', repository, 'fsck', '--strict', '--full'], { encoding: 'utf8' });
      expect({ status: fsck.status, errors: /error|missing|broken/.exec(fsck.stdout + fsck.stderr) }).toEqual(
        {
          status: 0,
          errors: null,
        },
      );
    }
  });
});

import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { transformFile } from '@swc/core';

const FOLDERS = ['src/common', 'src/dataset', 'src/dataset/phantom', 'test/dataset/phantom'];

/**
 * Strips the types of the sources that this folder's tests need, so that a test can run them in processes of their
 * own, and kill those, without depending on a build. Pure arithmetic is also many times quicker outside jest's
 * sandbox, where every access to a global such as `Math` is intercepted.
 */
export async function compileSources(folder: string): Promise<void> {
  for (const part of FOLDERS) {
    await mkdir(join(folder, part), { recursive: true });
    for (const file of (await readdir(part)).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
    )) {
      const { code } = await transformFile(join(part, file), {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
      });
      await writeFile(join(folder, part, file.replace(/\.ts$/, '.js')), code);
    }
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
}

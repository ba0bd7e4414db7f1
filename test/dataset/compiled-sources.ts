import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { transformFile } from '@swc/core';

/**
 * Strips the types of src/common and src/dataset into `folder`, so that a test can run them in processes of their
 * own, and kill those, without depending on a build.
 */
export async function compileSources(folder: string): Promise<void> {
  for (const part of ['common', 'dataset', 'dataset/phantom', 'hub']) {
    const files = (await readdir(join('src', part)).catch(() => [])).filter((file) => file.endsWith('.ts'));
    await mkdir(join(folder, part), { recursive: true });
    for (const file of files) {
      const { code } = await transformFile(join('src', part, file), {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
      });
      await writeFile(join(folder, part, file.replace(/\.ts$/, '.js')), code);
    }
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
}

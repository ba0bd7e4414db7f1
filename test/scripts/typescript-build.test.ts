import { describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentReport } from '../../scripts/report.mjs';
import { buildTypeScript } from '../../scripts/typescript-build.mjs';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { writeFiles } from './support/fake-torch.js';

const OPTIONS = {
  module: 'nodenext',
  target: 'es2022',
  rootDir: 'src',
  outDir: 'dist',
  types: [],
  lib: ['es5'],
  skipLibCheck: true,
};

/** A package with two sources and the project's own TypeScript. */
async function inPackage(body: (root: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (root) => {
    await symlink(join(import.meta.dirname, '..', '..', 'node_modules'), join(root, 'node_modules'));
    await writeFiles(root, {
      'package.json': '{ "type": "module" }',
      'tsconfig.json': JSON.stringify({ compilerOptions: OPTIONS, include: ['src'] }),
      'src/cli/main.ts': 'export const answer: number = 42;',
      'src/other.ts': 'export {};',
    });
    await body(root);
  });
}

describe('compiling the TypeScript', () => {
  test('happens once, again after a change, and drops the output of a source that is gone', async () => {
    await inPackage(async (root) => {
      expect(await buildTypeScript(root, silentReport)).toBe('built');
      expect(await buildTypeScript(root, silentReport)).toBe('up to date');
      await rm(join(root, 'src/other.ts'));
      expect(await buildTypeScript(root, silentReport)).toBe('built');
      expect(existsSync(join(root, 'dist/cli/main.js'))).toBe(true);
      expect(existsSync(join(root, 'dist/other.js'))).toBe(false);
    });
  });

  test("an error is shown in tsc's words and is found again the next time", async () => {
    await inPackage(async (root) => {
      await writeFile(join(root, 'src/other.ts'), 'export const wrong: number = "text";');
      await expect(buildTypeScript(root, silentReport)).rejects.toThrow(/src\/other\.ts.*TS2322/);
      await expect(buildTypeScript(root, silentReport)).rejects.toThrow(/TS2322/);
    });
  });
});

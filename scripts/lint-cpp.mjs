// Checks (or with --fix rewrites) the C++ sources against .clang-format.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const files = ['native', 'test/native'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(cpp|h)$/.test(name))
    .map((name) => join(root, folder, name)),
);
const clangFormat = createRequire(import.meta.url)('clang-format').getNativeBinary();
const mode = process.argv.includes('--fix') ? ['-i'] : ['--dry-run', '-Werror'];
const result =
  files.length === 0 ? { status: 0 } : spawnSync(clangFormat, [...mode, ...files], { stdio: 'inherit' });
process.exit(result.status ?? 1);

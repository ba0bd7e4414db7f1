import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The files that make a folder a libtorch, below torch/ of a wheel; the libraries are a few bytes. */
export function torchFiles(version = '2.13.0', cuda?: string): Record<string, string> {
  const [major, minor, patch] = version.split('.');
  const files: Record<string, string> = {
    'torch/__init__.py': '',
    'torch/lib/libtorch_cpu.so': `cpu library of ${version}`,
    'torch/lib/libc10.so': 'c10',
    'torch/lib/libgomp.so.1': 'gomp',
    'torch/lib/libtorch_python.so': 'only Python needs this',
    'torch/include/ATen/core/Tensor.h': '#pragma once',
    'torch/include/torch/headeronly/version.h': [
      `#define TORCH_VERSION_MAJOR ${major}`,
      `#define TORCH_VERSION_MINOR ${minor}`,
      `#define TORCH_VERSION_PATCH ${patch}`,
    ].join('\n'),
  };
  if (cuda !== undefined) {
    files['torch/lib/libtorch_cuda.so'] = 'cuda';
    files['torch/version.py'] = `from typing import Optional\ncuda: Optional[str] = '${cuda}'\n`;
  }
  return files;
}

/** Writes files below a folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** Writes an executable shell script and returns its folder, to be put on a PATH. */
export async function fakeProgram(folder: string, name: string, body: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`);
  await chmod(join(folder, name), 0o755);
  return folder;
}

/**
 * A python3 whose torch is `origin` (empty: none) and whose `pip download` runs `download`, shell code in which $dest is
 * the destination and $index the index that was asked for.
 */
export async function fakePython(folder: string, origin: string, download = 'exit 1'): Promise<string> {
  return await fakeProgram(
    folder,
    'python3',
    `if [ "$1" = -c ]; then echo "${origin}"; exit 0; fi
if [ "$3" = --version ]; then echo "pip 99"; exit 0; fi
index=
while [ $# -gt 0 ]; do
  case "$1" in --dest) dest=$2;; --index-url) index=$2;; esac
  shift
done
${download}`,
  );
}

/** A report that keeps what was said. */
export function listeningReport() {
  const lines: string[] = [];
  return {
    lines,
    say: (text: string) => void lines.push(text),
    progress: () => {},
    step: async <T>(title: string, body: () => Promise<T>): Promise<T> => {
      lines.push(title);
      return await body();
    },
  };
}

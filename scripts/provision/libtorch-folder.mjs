// @ts-check
import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A libtorch that can be compiled and linked against.
 * @typedef {object} Libtorch
 * @property {string} path folder with include/ and lib/, real path
 * @property {string} version of its headers, e.g. 2.13.0
 * @property {string | null} cuda CUDA version, null for a CPU build
 * @property {number} bytes size of libtorch_cpu.so
 */

/**
 * Looks at a libtorch folder, a torch package folder, or a folder that holds one of the two.
 * @param {string} folder
 * @returns {Promise<Libtorch | {problem: string}>}
 */
export async function inspectLibtorch(folder) {
  let problem = 'there is no such folder';
  for (const candidate of [folder, join(folder, 'torch'), join(folder, 'libtorch')]) {
    const real = await realpath(candidate).catch(() => undefined);
    if (real === undefined) continue;
    const found = await inspectExactly(real);
    if (!('problem' in found)) return found;
    if (candidate === folder) problem = found.problem;
  }
  return { problem };
}

/**
 * @param {string} path
 * @returns {Promise<Libtorch | {problem: string}>}
 */
async function inspectExactly(path) {
  const needed = ['lib/libtorch_cpu.so', 'lib/libc10.so', 'include/ATen/core/Tensor.h'];
  const sizes = await Promise.all(needed.map((name) => sizeOf(join(path, name))));
  const absent = needed.filter((_, index) => sizes[index] === undefined);
  if (absent.length > 0) return { problem: `it has no ${absent.join(', no ')}` };
  const version = await headerVersion(path);
  if (version === undefined) return { problem: 'its headers do not say their version' };
  return { path, version, cuda: await cudaVersion(path), bytes: sizes[0] ?? 0 };
}

/** @param {string} file */
async function sizeOf(file) {
  return await stat(file).then(
    (found) => found.size,
    () => undefined,
  );
}

/**
 * The macros TORCH_VERSION_MAJOR, _MINOR and _PATCH; the file that defines them moved between releases.
 * @param {string} path
 */
async function headerVersion(path) {
  for (const header of ['torch/headeronly/version.h', 'torch/csrc/api/include/torch/version.h']) {
    const text = await readFile(join(path, 'include', header), 'utf8').catch(() => '');
    const parts = ['MAJOR', 'MINOR', 'PATCH'].map(
      (part) => new RegExp(`#define TORCH_VERSION_${part} (\\d+)`).exec(text)?.[1],
    );
    if (!parts.includes(undefined)) return parts.join('.');
  }
  return undefined;
}

/**
 * From the wheel's version.py (`cuda: Optional[str] = '13.0'`) or the zip's build-version (`2.14.1+cu130`).
 * @param {string} path
 */
async function cudaVersion(path) {
  if ((await sizeOf(join(path, 'lib', 'libtorch_cuda.so'))) === undefined) return null;
  const python = await readFile(join(path, 'version.py'), 'utf8').catch(() => '');
  const quoted = /^cuda\b[^=\n]*= *['"]([\d.]+)['"]/m.exec(python)?.[1];
  if (quoted !== undefined) return quoted;
  const digits = /\+cu(\d+)(\d)\b/.exec(await readFile(join(path, 'build-version'), 'utf8').catch(() => ''));
  return digits === null ? 'unknown' : `${digits[1]}.${digits[2]}`;
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  NODE_API,
  type BuildStamp,
  addonFacts,
  buildPlaces,
  writeStamp,
} from '../../../scripts/build-stamp.mjs';
import { nativeSourceDigest } from '../../../scripts/source-digest.mjs';
import { torchFiles, writeFiles } from './fake-torch.js';

/**
 * A package folder that looks as it does after a build: sources, a libtorch inside the folder, an addon (`addon` is its
 * content) and a stamp, in which `change` may replace fields.
 */
export async function scratchBuild(
  root: string,
  change: Partial<BuildStamp> = {},
  addon = 'no addon at all',
): Promise<void> {
  await writeFiles(root, { 'CMakeLists.txt': 'project(x)', 'native/addon.cpp': 'int x;' });
  const library = 'torch/lib/libtorch_cpu.so';
  await writeFiles(root, torchFiles());
  const places = buildPlaces(root);
  await mkdir(places.release, { recursive: true });
  await writeFile(places.addon, addon);
  await writeFile(places.launcher, 'no launcher at all');
  await writeStamp(places, {
    format: 1,
    sourceDigest: (await nativeSourceDigest(root)) ?? '',
    libtorch: {
      path: 'torch',
      version: '2.13.0',
      cuda: null,
      bytes: Buffer.byteLength(torchFiles()[library] ?? ''),
    },
    chosenBy: 'machine',
    compiler: 'c++ 12',
    nodeApi: NODE_API,
    platform: `${process.platform}-${process.arch}`,
    addon: await addonFacts(places.addon),
    ...change,
  });
  await writeFile(join(root, 'package.json'), '{}');
}

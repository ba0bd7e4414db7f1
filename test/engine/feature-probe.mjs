// Asks for features and prints how many rows it had to compute; run twice at once by feature-cache.test.ts.
// Arguments: the addon, the folder.
import { createRequire } from 'node:module';

const addon = createRequire(import.meta.url)(process.argv[2]);
const options = {
  folder: process.argv[3],
  identity: 'weights 1',
  indices: Uint32Array.from({ length: 3000 }, (_, row) => row),
  precision: 'fp32',
  batchSize: 1,
  width: 64,
  failAfter: -1,
  gather: Uint32Array.of(0),
};
const { computed } = await addon.viewFeatures(options, new addon.Cancellation());
process.stdout.write(String(computed));

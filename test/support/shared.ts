import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A file or folder of the optional test data (real X-rays, real chain metadata, reference vectors) that
 * HEALTHTENSOR_TEST_SHARED names, or undefined when there is none: then the test says so and is skipped.
 */
export function sharedPath(name: string): string | undefined {
  const root = process.env.HEALTHTENSOR_TEST_SHARED;
  if (root === undefined || root === '') return undefined;
  const path = join(root, name);
  return existsSync(path) ? path : undefined;
}

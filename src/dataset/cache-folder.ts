import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where the pixel caches of a data set live: `$XDG_CACHE_HOME` (or `~/.cache`) `/healthtensor/pixels/<16 hex>`, the hex
 * digits being the start of the SHA-256 of the data set's real path. Never inside the data set, which may be read-only
 * or shared.
 */
export function defaultCacheFolder(realPath: string, environment: NodeJS.ProcessEnv = process.env): string {
  const configured = environment['XDG_CACHE_HOME'];
  // The XDG specification says that a relative path is to be ignored.
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.cache');
  const digest = createHash('sha256').update(realPath).digest('hex');
  return join(base, 'healthtensor', 'pixels', digest.slice(0, 16));
}

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { HealthTensorError, OptionError } from '../../common/errors.js';
import { silentLog, type Log } from '../../common/log.js';
import { lockState } from '../../common/state-lock.js';
import { Router } from './http/router.js';
import { serve } from './http/server.js';
import type { HubContext } from './hub-context.js';
import { UploadUrls } from './lfs/upload-url.js';
import { Repositories } from './repositories.js';
import { allRoutes } from './routes/all.js';
import { hasCode } from './system-errors.js';
import { Tokens, type TokenSettings } from './tokens.js';

/** How long an upload may take to begin. */
const UPLOAD_URL_LIFETIME_MS = 60 * 60 * 1000;

export interface LocalHubSettings {
  /** TCP port on 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** Where the repositories are kept; without one, in a temporary folder that `close` removes. */
  readonly directory?: string;
  /** Who may write and see private repositories; without any, the hub shows public ones only. */
  readonly tokens?: readonly TokenSettings[];
  readonly log?: Log;
  /** The time in commits and of upload URLs; for tests. */
  readonly now?: () => Date;
}

export interface LocalHub {
  /** `http://127.0.0.1:<port>`, to be used as the endpoint of Hub clients. */
  readonly url: string;
  /** Ends all connections, waits for requests under way; may be called twice. */
  close(): Promise<void>;
}

/**
 * Starts a Hub on this machine that the official JavaScript and Python clients can use (Python with
 * HF_HUB_DISABLE_XET=1). Errors: OptionError for bad settings, HealthTensorError PORT_IN_USE, STATE_IN_USE.
 */
export async function startLocalHub(settings: LocalHubSettings): Promise<LocalHub> {
  const { port } = settings;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new OptionError('the port of the local hub', 'a whole number from 0 to 65535', port);
  }
  const tokens = new Tokens(settings.tokens ?? []);
  const log = settings.log ?? silentLog;
  const now = settings.now ?? (() => new Date());
  const temporary =
    settings.directory === undefined ? await mkdtemp(join(tmpdir(), 'healthtensor-hub-')) : undefined;
  const root = resolve(temporary ?? settings.directory ?? '');
  const removeTemporary = async () => {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  };

  await mkdir(root, { recursive: true, mode: 0o700 });
  let release: (() => void) | undefined;
  try {
    release = lockState(root);
    const context: HubContext = {
      repositories: await Repositories.open(root, log),
      uploadUrls: new UploadUrls(now, UPLOAD_URL_LIFETIME_MS),
      now,
    };
    const server = await serve({
      port,
      router: new Router(allRoutes(context)),
      authenticate: (authorization) => tokens.authenticate(authorization),
      log,
    }).catch((error: unknown) => {
      if (!hasCode(error, 'EADDRINUSE')) throw error;
      throw new HealthTensorError(
        'PORT_IN_USE',
        `Port ${port} of 127.0.0.1 is taken; the local hub cannot use it`,
        {
          remedy: 'Choose another port, or 0 for any free one.',
          cause: error,
        },
      );
    });
    const url = `http://127.0.0.1:${server.port}`;
    log.debug(`local hub on ${url}, repositories in ${root}`);
    const free = release;
    let closed: Promise<void> | undefined;
    const close = async () => {
      await server.close();
      free();
      await removeTemporary();
    };
    return { url, close: () => (closed ??= close()) };
  } catch (error) {
    release?.();
    await removeTemporary();
    throw error;
  }
}

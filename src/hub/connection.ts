import { HealthTensorError } from '../common/errors.js';
import { hideSecret, silentLog, type Log } from '../common/log.js';
import { DEFAULT_LIMITS, type HubLimits } from './limits.js';
import { DOWNLOAD_HOSTS, isLoopback, parseEndpoint, UPLOAD_HOSTS } from './origin-policy.js';
import { Transport } from './transport.js';
import { openWire, type Wire } from './wire.js';

export interface HubSettings {
  /** Address of the hub: https://huggingface.co, or HF_ENDPOINT. */
  readonly endpoint: string;
  /** Sent to the endpoint alone, never to a host it redirects to. */
  readonly token?: string | undefined;
  readonly log?: Log;
  readonly limits?: Partial<HubLimits>;
  /** Host suffixes (https), or whole origins, that a download may be redirected to besides the Hub's own. */
  readonly downloadHosts?: readonly string[] | undefined;
  /** The same for where the hub may send our uploads. */
  readonly uploadHosts?: readonly string[] | undefined;
  /** One hop of HTTP instead of the real one; then the time limits on connecting, headers and idling are its own. */
  readonly fetch?: typeof fetch;
  /** How to wait between attempts. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** What every function of this folder needs to talk to one hub as one user. */
export interface HubConnection {
  /** Without a trailing slash. */
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly limits: HubLimits;
  readonly log: Log;
  readonly transport: Transport;
  close(): Promise<void>;
}

/**
 * Checks the settings; opens nothing yet.
 * @throws OptionError for the endpoint, HealthTensorError HUB_DENIED for a token that cannot be one.
 */
export function openConnection(settings: HubSettings): HubConnection {
  const endpoint = parseEndpoint(settings.endpoint);
  const token = settings.token === '' ? undefined : settings.token;
  hideSecret(token);
  if (token !== undefined && !/^hf_[\x21-\x7e]+$/.test(token)) {
    throw new HealthTensorError(
      'HUB_DENIED',
      'The Hub token does not look like one: it must start with hf_',
      {
        remedy: 'Copy it again from https://huggingface.co/settings/tokens into ACCESS_TOKEN.',
      },
    );
  }
  const log = settings.log ?? silentLog;
  if (token !== undefined && endpoint.protocol === 'http:' && !isLoopback(endpoint)) {
    log.warning(`The Hub token travels unencrypted to ${endpoint.origin}: use https`);
  }
  const limits = { ...DEFAULT_LIMITS, ...settings.limits };
  const policy = {
    endpoint,
    downloadHosts: [...DOWNLOAD_HOSTS, ...(settings.downloadHosts ?? [])],
    uploadHosts: [...UPLOAD_HOSTS, ...(settings.uploadHosts ?? [])],
  };
  const wire: Wire =
    settings.fetch === undefined
      ? openWire(policy, limits)
      : { fetch: settings.fetch, close: () => Promise.resolve() };
  return {
    endpoint: endpoint.href.replace(/\/+$/, ''),
    token,
    limits,
    log,
    transport: new Transport({ policy, limits, fetch: wire.fetch, log, wait: settings.wait }),
    close: () => wire.close(),
  };
}

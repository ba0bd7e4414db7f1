import { Agent, EnvHttpProxyAgent, fetch as undiciFetch, type Dispatcher } from 'undici';
import type { HubLimits } from './limits.js';
import { chosenHosts, isLoopback, type OriginPolicy } from './origin-policy.js';
import { publicLookup } from './public-address.js';

/** One hop: no redirect followed, no retry, no limit on the body. */
export interface Wire {
  readonly fetch: typeof fetch;
  /** Lets idle connections go. */
  close(): Promise<void>;
}

/**
 * Connections with our time limits, through the proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name: Node's own
 * `fetch` knows neither. A hub on this machine is never asked through a proxy. Hosts that a hub names, and the operator
 * did not, are reached at public addresses only.
 */
export function openWire(policy: OriginPolicy, limits: HubLimits): Wire {
  const lookup = publicLookup(chosenHosts(policy));
  const dispatcher = (headersTimeout: number): Dispatcher => {
    const options = {
      headersTimeout,
      bodyTimeout: limits.idleMs,
      connectTimeout: limits.connectMs,
      connect: { timeout: limits.connectMs, lookup },
    };
    return isLoopback(policy.endpoint) ? new Agent(options) : new EnvHttpProxyAgent(options);
  };
  const reading = dispatcher(limits.headersMs);
  const writing = dispatcher(limits.writeHeadersMs);

  const send = (url: string | URL, init: object & { method?: string }) => {
    const reads = init.method === undefined || init.method === 'GET' || init.method === 'HEAD';
    return undiciFetch(url, { ...init, dispatcher: reads ? reading : writing });
  };
  return {
    // undici's own types and those of Node's built-in copy name the same shapes differently.
    fetch: send as unknown as typeof fetch,
    close: async () => {
      await Promise.all([reading.close(), writing.close()]);
    },
  };
}

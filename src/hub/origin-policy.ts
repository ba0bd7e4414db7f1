import { OptionError } from '../common/errors.js';

/** Where requests may go. A host entry is a suffix (https only) or, with a scheme, one exact origin. */
export interface OriginPolicy {
  readonly endpoint: URL;
  /** May be redirected to, never with our token. */
  readonly downloadHosts: readonly string[];
  /** May be uploaded to where the hub says so, never with our token. */
  readonly uploadHosts: readonly string[];
}

/** Hugging Face's own CDN host names all end so (hub-docs, "Downloading behind a proxy or firewall"). */
export const DOWNLOAD_HOSTS: readonly string[] = ['hf.co', 'huggingface.co'];
/** The Hub signs LFS uploads for S3. */
export const UPLOAD_HOSTS: readonly string[] = [...DOWNLOAD_HOSTS, 'amazonaws.com'];

/**
 * The hub's address as a URL.
 * @throws OptionError when it is not a plain http(s) address; it never quotes a password in it.
 */
export function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    throw new OptionError('HF_ENDPOINT', 'an address without a password', '(hidden)');
  }
  const plain = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  if (!plain) throw new OptionError('HF_ENDPOINT', 'an address like https://huggingface.co', text);
  return url;
}

/**
 * Hosts that downloads may be redirected to, as an operator of a mirror lists them, separated by commas.
 * @throws OptionError for what is neither a host name nor the origin of one
 */
export function parseHosts(option: string, text: string): readonly string[] {
  return text.split(',').map((entry) => {
    const host = entry.trim().toLowerCase();
    // A suffix of one word would allow a whole top-level domain.
    if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host) && !/^[\d.]+$/.test(host)) return host;
    const url = /^https?:\/\//.test(host) && URL.canParse(host) ? new URL(host) : undefined;
    if (url !== undefined && url.href === `${url.origin}/`) return url.origin;
    throw new OptionError(option, 'host names such as cdn.example.org, or https://host:port', entry);
  });
}

/** Whether the URL is on the hub itself: scheme, host and port. Only there does our token go. */
export function isEndpoint(policy: OriginPolicy, url: URL): boolean {
  return url.origin === policy.endpoint.origin;
}

/** Whether a download may be redirected to the URL. */
export function mayDownloadFrom(policy: OriginPolicy, url: URL): boolean {
  return sound(url) && (isEndpoint(policy, url) || policy.downloadHosts.some((host) => covers(host, url)));
}

/** Whether the hub may send our upload to the URL. */
export function mayUploadTo(policy: OriginPolicy, url: URL): boolean {
  return sound(url) && (isEndpoint(policy, url) || policy.uploadHosts.some((host) => covers(host, url)));
}

/** Names of the hosts that the operator named one by one; suffixes name any. */
export function chosenHosts(policy: OriginPolicy): Set<string> {
  const origins = [...policy.downloadHosts, ...policy.uploadHosts].filter((host) => host.includes('://'));
  return new Set([policy.endpoint, ...origins.map((origin) => new URL(origin))].map((url) => url.hostname));
}

/** Whether the address is on this machine, which no proxy can reach for us. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}

function sound(url: URL): boolean {
  return url.username === '' && url.password === '';
}

function covers(host: string, url: URL): boolean {
  if (host.includes('://')) return url.origin === host;
  return (
    url.protocol === 'https:' &&
    url.port === '' &&
    (url.hostname === host || url.hostname.endsWith(`.${host}`))
  );
}

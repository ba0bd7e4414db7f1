// @ts-check
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { SetupError, messageOf } from '../setup-error.mjs';

const OFFICIAL = 'https://download.pytorch.org/libtorch';
const CONNECT_MS = 10_000;
const SILENCE_MS = 60_000;

/**
 * The folder above the zips: PyTorch's, or the mirror that HEALTHTENSOR_LIBTORCH_URL names.
 * @param {NodeJS.ProcessEnv} env
 */
function baseUrl(env) {
  const text = env.HEALTHTENSOR_LIBTORCH_URL || OFFICIAL;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:') return text.replace(/\/+$/, '');
  const loopback = url !== undefined && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  // Without TLS nothing vouches for the bytes but a hash that the user gives.
  if (url?.protocol === 'http:' && (loopback || env.HEALTHTENSOR_LIBTORCH_SHA256))
    return text.replace(/\/+$/, '');
  throw new SetupError(`HEALTHTENSOR_LIBTORCH_URL must be an https address but is ${JSON.stringify(text)}`, [
    'for plain http set HEALTHTENSOR_LIBTORCH_SHA256 as well, the SHA-256 that the zip must have',
  ]);
}

/**
 * Fetches the official libtorch zip, through the proxy that http_proxy, https_proxy and no_proxy name.
 * @param {import('./pins.mjs').Pin} pin
 * @param {string} folder
 * @param {{env: NodeJS.ProcessEnv, report: import('../report.mjs').Report}} options
 * @returns {Promise<{zip: string} | {problem: string}>}
 */
export async function fetchLibtorchZip(pin, folder, { env, report }) {
  const url = `${baseUrl(env)}/${pin.zip}`;
  if (process.arch !== 'x64')
    return { problem: `PyTorch offers no libtorch zip for Linux on ${process.arch}` };
  report.say(`  download ${url}`);
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_MS },
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
    ...proxies(env),
  });
  try {
    const response = await fetch(url, { dispatcher: agent });
    if (!response.ok || response.body === null) return { problem: `${url} answered ${response.status}` };
    const zip = join(folder, decodeURIComponent(/** @type {string} */ (pin.zip.split('/').at(-1))));
    const bytes = await save(response.body, zip, Number(response.headers.get('content-length')), report);
    const announced = response.headers.get('content-length');
    if (
      announced !== null &&
      response.headers.get('content-encoding') === null &&
      bytes !== Number(announced)
    ) {
      return { problem: `${url} broke off after ${bytes} of ${announced} bytes` };
    }
    return { zip };
  } catch (error) {
    return { problem: `${url}: ${messageOf(error)}` };
  } finally {
    await agent.destroy();
  }
}

/**
 * The agent reads process.env by itself; the environment given here may be another one.
 * @param {NodeJS.ProcessEnv} env
 */
function proxies(env) {
  const httpProxy = env.http_proxy ?? env.HTTP_PROXY;
  const httpsProxy = env.https_proxy ?? env.HTTPS_PROXY;
  return {
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
  };
}

/**
 * @param {AsyncIterable<Uint8Array>} body
 * @param {string} path
 * @param {number} total NaN or 0 when unknown
 * @param {import('../report.mjs').Report} report
 */
async function save(body, path, total, report) {
  const file = await open(path, 'wx');
  let bytes = 0;
  try {
    for await (const chunk of body) {
      await file.write(chunk);
      bytes += chunk.length;
      report.progress(
        `  ${(bytes / 1e6).toFixed(0)}${total > 0 ? ` of ${(total / 1e6).toFixed(0)}` : ''} MB`,
      );
    }
  } finally {
    await file.close();
  }
  return bytes;
}

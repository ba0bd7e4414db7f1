import { reject, type Rejection, type Verdict } from '../common/verdict.js';
import { authorization } from './ask.js';
import { waitMs } from './backoff.js';
import type { HubConnection } from './connection.js';
import { sameContent } from './digests.js';
import { HubMisbehaved, HubUnreachable } from './failures.js';
import type { ListRequest } from './list-files.js';
import { PartFile } from './part-file.js';
import { unavailable } from './paths-info.js';
import type { RemoteFile } from './remote-file.js';
import { filePath } from './repository.js';

export interface Download extends ListRequest {
  readonly remote: RemoteFile;
  /** Final place on disk. */
  readonly file: string;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Downloads one file to its final place, continuing what an earlier run left. Broken transfers are continued too;
 * when the result is not the content listed and part of it was old, it is fetched once more from the start.
 * @throws HubUnreachable, HubMisbehaved; the signal's reason
 */
export async function downloadFile(hub: HubConnection, o: Download): Promise<Verdict<{ sha256: string }>> {
  const part = await PartFile.open(o.file, o.remote.size, o.signal);
  try {
    let continued = part.position > 0;
    for (;;) {
      const refusal = await transfer(hub, o, part, o.remote.size);
      if (refusal !== undefined) return refusal;
      const digests = part.digests();
      if (sameContent(digests, o.remote)) {
        await part.complete();
        return { ok: true, sha256: digests.sha256 };
      }
      if (!continued) {
        await part.remove();
        return reject(
          'HASH_MISMATCH',
          `${o.remote.path} of ${o.repo}: the bytes served are not those listed`,
        );
      }
      await part.restart();
      continued = false;
    }
  } finally {
    await part.close();
  }
}

/**
 * Downloads the first `bytes` of a file, or takes them from what an earlier run left, and keeps them as the start of
 * its download. Nothing has verified them.
 * @throws as downloadFile
 */
export async function downloadHead(
  hub: HubConnection,
  o: Download,
  bytes: number,
): Promise<Verdict<{ head: Uint8Array }>> {
  const part = await PartFile.open(o.file, o.remote.size, o.signal);
  try {
    const refusal = await transfer(hub, o, part, bytes);
    return refusal ?? { ok: true, head: await part.head(bytes) };
  } finally {
    await part.close();
  }
}

/** Transfers until the part has `end` bytes; gives up after too many transfers that brought nothing new. */
async function transfer(
  hub: HubConnection,
  o: Download,
  part: PartFile,
  end: number,
): Promise<Rejection | undefined> {
  let furthest = part.position;
  let failures = 0;
  while (part.position < end) {
    const response = await request(hub, o, part, end);
    if (!response.ok) return response;
    const failure = await receive(o, part, response.body, end);
    if (failure === undefined) continue;
    if (!(failure instanceof HubUnreachable)) return failure;
    // Progress pays for a broken line, not for a slow one: slow-loris always makes some.
    failures = part.position > furthest && !failure.tooSlow ? 0 : failures + 1;
    furthest = Math.max(furthest, part.position);
    if (failures >= hub.limits.attempts) return giveUp(o, failure);
    await hub.transport.wait(waitMs(failures + 1, undefined, hub.limits, Math.random()) ?? 0, o.signal);
  }
  return undefined;
}

/** Asks for what is missing up to `end`; what is there is thrown away when the hub sends the file from its start. */
async function request(
  hub: HubConnection,
  o: Download,
  part: PartFile,
  end: number,
): Promise<Verdict<{ body: ReadableStream<Uint8Array> }>> {
  const { path, size } = o.remote;
  const last = end < size ? String(end - 1) : '';
  const range = part.position > 0 || end < size ? { range: `bytes=${part.position}-${last}` } : {};
  const url = hub.endpoint + filePath(o.type, o.repo, o.revision, path);
  let response: Response;
  try {
    const init = { headers: { ...authorization(hub), ...range } };
    response = await hub.transport.send(url, init, { signal: o.signal, expect: 'file' });
  } catch (error) {
    // An uploader can make some stores serve a file as encoded: then it is the file that is wrong, not the hub.
    if (error instanceof HubMisbehaved && error.about === 'encoding')
      return reject('HASH_MISMATCH', error.message);
    throw error;
  }
  if (response.status === 416 && part.position > 0) {
    await response.body?.cancel();
    await part.restart();
    return request(hub, o, part, end);
  }
  if ((response.status !== 200 && response.status !== 206) || response.body === null) {
    await response.body?.cancel();
    // Whom the hub redirects to knows nothing of repositories: an address that has expired is no closed repository.
    if (new URL(response.url).origin !== new URL(url).origin)
      throw new HubUnreachable(`${response.url} answers ${response.status} for ${path} of ${o.repo}`);
    const code = response.headers.get('x-error-code') ?? '';
    if (code === 'EntryNotFound')
      return reject('FILE_MISSING', `${path} is listed in ${o.repo} but not there`);
    return unavailable({ ok: false, status: response.status, code, message: '' }, `${path} of ${o.repo}`);
  }
  const promised =
    response.status === 206 ? promisedByRange(response, part.position, end) : promisedLength(response);
  if (promised === undefined || (promised !== null && promised !== size)) {
    await response.body.cancel();
    if (promised === undefined)
      throw new HubMisbehaved('answer', `The hub serves another range of ${path} than asked for`);
    return reject('HASH_MISMATCH', `${path} of ${o.repo}: ${promised} bytes served where ${size} are listed`);
  }
  if (response.status === 200 && part.position > 0) await part.restart();
  return { ok: true, body: response.body };
}

/** Bytes of the whole file; null when the answer does not say. */
function promisedLength(response: Response): number | null {
  const length = response.headers.get('content-length');
  return length === null ? null : Number(length);
}

/** Bytes of the whole file by `Content-Range`; undefined when it is not the range from `start` to `end`. */
function promisedByRange(response: Response, start: number, end: number): number | undefined {
  const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(response.headers.get('content-range') ?? '');
  if (range === null) return undefined;
  const [first, last, size] = range.slice(1).map(Number) as [number, number, number];
  // A file of another length is told by its size: the range cannot fit then.
  return first === start && last + 1 === Math.min(size, end) ? size : undefined;
}

/**
 * Writes the body to the part, until it has `end` bytes. Undefined when it got there; a failure of the transfer may be
 * continued.
 */
async function receive(
  o: Download,
  part: PartFile,
  body: ReadableStream<Uint8Array>,
  end: number,
): Promise<HubUnreachable | Rejection | undefined> {
  try {
    for await (const chunk of body) {
      if (part.position + chunk.byteLength > o.remote.size) {
        await part.remove();
        return reject('HASH_MISMATCH', `${o.remote.path} of ${o.repo}: more bytes served than listed`);
      }
      await part.write(chunk);
      o.onProgress?.(part.position);
      // A hub without ranges sends all of a file whose head was asked for.
      if (end < o.remote.size && part.position >= end) return undefined;
    }
  } catch (error) {
    if (error instanceof HubUnreachable) return error;
    throw error;
  }
  if (part.position >= end) return undefined;
  return new HubUnreachable(`The transfer of ${o.remote.path} of ${o.repo} ended early`);
}

function giveUp(o: Download, failure: HubUnreachable): Rejection {
  if (!failure.tooSlow) throw failure;
  return reject('DOWNLOAD_TIMED_OUT', `${o.remote.path} of ${o.repo}: ${failure.message}`);
}

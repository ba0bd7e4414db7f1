import { posix } from 'node:path';
import { HealthTensorError } from '../../../common/errors.js';
import { entryAt } from '../git/trees.js';
import { entryNotFound } from '../http/refusal.js';
import type { FilePart, Reply } from '../http/reply.js';
import { parseRange } from '../http/range.js';
import type { HubRequest, Routes } from '../http/router.js';
import { demandRevision, nameIn, readableRepository, type HubContext } from '../hub-context.js';
import { decodePointer, type LfsObject } from '../lfs/pointer.js';
import type { RepoType } from '../names.js';
import { parseRepoPath } from '../repo-path.js';
import type { Repository } from '../repository.js';

/** Downloads: `resolve` gives the content, `raw` what git holds (for a large file its pointer). */
export function fileRoutes(context: HubContext): Routes {
  const file = async (request: HubRequest, type: RepoType, raw: boolean) => {
    const repository = await readableRepository(context, request.account, type, nameIn(request));
    const at = await demandRevision(repository, request.param('revision'));
    const path = parseRepoPath(request.param('path'));
    const entry = path && (await entryAt(repository.objects, at.commit.tree, path));
    if (!entry || entry.type !== 'file') throw entryNotFound(request.param('path'));
    const blob = await repository.objects.expect('blob', entry.id);
    const lfs = raw ? undefined : decodePointer(blob);
    const headers = { 'X-Repo-Commit': at.id, ...nameHeaders(entry.path) };
    return lfs === undefined
      ? smallFile(request, blob, {
          ...headers,
          ETag: `"${entry.id}"`,
          'Content-Type': 'text/plain; charset=utf-8',
        })
      : largeFile(request, repository, lfs, headers);
  };
  return {
    'GET /datasets/:namespace/:name/resolve/:revision/*path': (request) => file(request, 'dataset', false),
    'GET /datasets/:namespace/:name/raw/:revision/*path': (request) => file(request, 'dataset', true),
    'GET /:namespace/:name/resolve/:revision/*path': (request) => file(request, 'model', false),
    'GET /:namespace/:name/raw/:revision/*path': (request) => file(request, 'model', true),
  };
}

type Headers = Readonly<Record<string, string>>;

function smallFile(request: HubRequest, content: Buffer, headers: Headers): Reply {
  return part(request, content.length, headers, (start, end) => content.subarray(start, end));
}

async function largeFile(
  request: HubRequest,
  repository: Repository,
  lfs: LfsObject,
  headers: Headers,
): Promise<Reply> {
  const handle = await repository.lfs.open(lfs);
  if (handle === undefined) {
    throw new HealthTensorError(
      'HUB_DAMAGED',
      `LFS object ${lfs.oid} of ${repository.id} is missing or too short`,
    );
  }
  const all = {
    ...headers,
    ETag: `"${lfs.oid}"`,
    'X-Linked-ETag': `"${lfs.oid}"`,
    'X-Linked-Size': String(lfs.size),
    'Content-Type': 'application/octet-stream',
  };
  try {
    return part(request, lfs.size, all, (start, end) => ({ handle, start, end }));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The part of the file that the request asks for: 200 with all, 206 with a range, 416. */
function part(
  request: HubRequest,
  size: number,
  headers: Headers,
  slice: (start: number, end: number) => Uint8Array | FilePart,
): Reply {
  const { range: asked, 'if-range': ifRange } = request.message.headers;
  const range = parseRange(ifRange === undefined || ifRange === headers.ETag ? asked : undefined, size);
  const ranged = { ...headers, 'Accept-Ranges': 'bytes' };
  if (range === 'whole') return { status: 200, headers: ranged, body: slice(0, size) };
  if (range === 'unsatisfiable') {
    // A client that probes with bytes 0-0 learns the size of an empty file from this, where RFC 9110 has 416.
    if (size === 0)
      return { status: 200, headers: { ...ranged, 'Content-Range': 'bytes */0' }, body: slice(0, 0) };
    return { status: 416, headers: { ...ranged, 'Content-Range': `bytes */${size}` }, body: nothing(slice) };
  }
  const { start, end } = range;
  const contentRange = `bytes ${start}-${end - 1}/${size}`;
  return { status: 206, headers: { ...ranged, 'Content-Range': contentRange }, body: slice(start, end) };
}

/** No bytes, but through `slice`, so that an open file is closed by whoever sends the answer. */
function nothing(slice: (start: number, end: number) => Uint8Array | FilePart): Uint8Array | FilePart {
  return slice(0, 0);
}

function nameHeaders(path: string): Record<string, string> {
  const name = posix.basename(path);
  const ascii = name.replaceAll(/[^\w. -]/g, '_');
  return { 'Content-Disposition': `inline; filename*=UTF-8''${rfc5987(name)}; filename="${ascii}";` };
}

/** `encodeURIComponent` leaves four characters that RFC 5987 does not allow. */
function rfc5987(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

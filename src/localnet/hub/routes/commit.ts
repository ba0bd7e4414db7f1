import { applyCommit } from '../commit/apply.js';
import {
  MAX_REGULAR_BYTES,
  parseChange,
  parseHeader,
  type Change,
  type CommitHeader,
} from '../commit/changes.js';
import { limited } from '../http/body.js';
import { parseNdjson } from '../http/ndjson.js';
import { badRequest, revisionNotFound } from '../http/refusal.js';
import { json } from '../http/reply.js';
import type { HubRequest, Routes } from '../http/router.js';
import { demandAccount, writableInApi, type HubContext } from '../hub-context.js';
import { isRefName, urlPath } from '../names.js';

const MAX_COMMIT_BYTES = 128 * 1024 * 1024;
/** A regular file in base64, its path, and the JSON around them. */
const MAX_LINE_BYTES = Math.ceil(MAX_REGULAR_BYTES / 3) * 4 + 16 * 1024;
const MAX_LINES = 10_000;

/** One commit with any number of changes, in lines of JSON. */
export function commitRoutes(context: HubContext): Routes {
  return {
    'POST /api/:type/:namespace/:name/commit/:branch': async (request) => {
      const repository = await writableInApi(context, request);
      const { user } = demandAccount(request.account);
      const branch = request.param('branch');
      if (!isRefName(branch)) throw revisionNotFound(branch);
      if (request.query.has('create_pr')) throw badRequest('The local hub has no pull requests');
      const { header, changes } = await readCommit(request);
      // Only now, with the body read: a slow sender must not keep others waiting.
      const oid = await context.repositories.change(repository, (current) =>
        applyCommit(current, branch, header, changes, { author: user, date: context.now() }),
      );
      const url = `${request.origin}/${urlPath(repository.type, repository.id)}/commit/${oid}`;
      return json({ success: true, commitOid: oid, commitUrl: url, hookOutput: '' });
    },
  };
}

async function readCommit(request: HubRequest): Promise<{ header: CommitHeader; changes: Change[] }> {
  let header: CommitHeader | undefined;
  const changes: Change[] = [];
  const pieces = limited(request.message, MAX_COMMIT_BYTES);
  for await (const line of parseNdjson(pieces, { lineBytes: MAX_LINE_BYTES, lines: MAX_LINES })) {
    if (header === undefined) header = parseHeader(line);
    else changes.push(parseChange(line));
  }
  if (header === undefined) throw badRequest('A commit begins with a header line');
  return { header, changes };
}

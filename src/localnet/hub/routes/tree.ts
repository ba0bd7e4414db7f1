import { describeEntry, lastChanges } from '../file-facts.js';
import { entryAt, listAll, listFolder, type PathEntry } from '../git/trees.js';
import { readJsonOrForm } from '../http/body.js';
import { badRequest, entryNotFound } from '../http/refusal.js';
import { json, nextPage } from '../http/reply.js';
import type { Routes } from '../http/router.js';
import { demandRevision, readableInApi, type HubContext } from '../hub-context.js';
import { parseRepoPath } from '../repo-path.js';
import type { Repository } from '../repository.js';
import type { ResolvedRevision } from '../revisions.js';

const PAGE = 1000;
const MAX_PATHS = 1000;

/** Listings of files and folders at a revision. */
export function treeRoutes(context: HubContext): Routes {
  return {
    'GET /api/:type/:namespace/:name/tree/:revision/*path': async (request) => {
      const repository = await readableInApi(context, request);
      const at = await demandRevision(repository, request.param('revision'));
      const isTrue = (name: string) => request.query.get(name)?.toLowerCase() === 'true';
      const all = await entriesBelow(repository, at, request.param('path'), isTrue('recursive'));
      const cursor = cursorPath(request.query.get('cursor'));
      const rest = cursor === undefined ? all : all.filter((entry) => entry.path > cursor);
      const page = rest.slice(0, pageSize(request.query.get('limit')));
      const last = page.at(-1);
      const more =
        last !== undefined && page.length < rest.length
          ? nextPage(request, { cursor: Buffer.from(last.path).toString('base64url') })
          : {};
      return json(await describe(repository, at, page, isTrue('expand')), more);
    },

    'POST /api/:type/:namespace/:name/paths-info/:revision': async (request) => {
      const repository = await readableInApi(context, request);
      const at = await demandRevision(repository, request.param('revision'));
      const body = await readJsonOrForm(request.message);
      const found: PathEntry[] = [];
      for (const text of body.list('paths', MAX_PATHS)) {
        if (typeof text !== 'string') throw badRequest('Expected strings for paths');
        // What cannot be a path is not in the repository either: left out like any other path that is not there.
        const path = parseRepoPath(text);
        const entry = path && (await entryAt(repository.objects, at.commit.tree, path));
        if (entry) found.push(entry);
      }
      return json(await describe(repository, at, found, body.flag('expand')));
    },
  };
}

async function entriesBelow(
  repository: Repository,
  at: ResolvedRevision,
  text: string,
  recursive: boolean,
): Promise<PathEntry[]> {
  const list = recursive ? listAll : listFolder;
  if (text === '') return list(repository.objects, at.commit.tree, '');
  const path = parseRepoPath(text);
  const entry = path === undefined ? undefined : await entryAt(repository.objects, at.commit.tree, path);
  if (entry?.type !== 'directory') throw entryNotFound(text);
  return list(repository.objects, entry.id, entry.path);
}

async function describe(
  repository: Repository,
  at: ResolvedRevision,
  entries: readonly PathEntry[],
  expand: boolean,
): Promise<Record<string, unknown>[]> {
  const paths = entries.map((entry) => entry.path);
  const changes = expand ? await lastChanges(repository, at.id, paths) : new Map<string, never>();
  const lines: Record<string, unknown>[] = [];
  for (const entry of entries) {
    const line = await describeEntry(repository, entry);
    const change = changes.get(entry.path);
    if (change !== undefined) {
      line.lastCommit = { id: change.id, title: change.commit.title, date: change.commit.date.toISOString() };
      // Nothing here looks for viruses; clients index these keys.
      const unscanned = { status: 'unscanned' };
      line.securityFileStatus = { ...unscanned, avScan: unscanned, pickleImportScan: unscanned };
    }
    lines.push(line);
  }
  return lines;
}

function cursorPath(cursor: string | null): string | undefined {
  return cursor === null ? undefined : Buffer.from(cursor, 'base64url').toString('utf8');
}

function pageSize(limit: string | null): number {
  return limit !== null && /^[1-9]\d{0,8}$/.test(limit) ? Math.min(Number(limit), PAGE) : PAGE;
}

import { readCard } from '../card.js';
import { fileFacts } from '../file-facts.js';
import { listAll } from '../git/trees.js';
import { Refusal } from '../http/refusal.js';
import { json, nextPage } from '../http/reply.js';
import type { HubRequest, Routes } from '../http/router.js';
import { demandRevision, mayRead, readableInApi, type HubContext } from '../hub-context.js';
import { namespaceOf, repoTypeOfSegment } from '../names.js';
import { DEFAULT_BRANCH, type Repository } from '../repository.js';
import { resolveRevision, type ResolvedRevision } from '../revisions.js';

const PAGE = 500;

/** Facts about one repository at a revision, and the list of repositories. */
export function infoRoutes(context: HubContext): Routes {
  const info = async (request: HubRequest, revision: string) => {
    const repository = await readableInApi(context, request);
    const at = await demandRevision(repository, revision);
    const withSizes = request.query.get('blobs')?.toLowerCase() === 'true';
    return json(await describe(repository, at, withSizes));
  };
  return {
    'GET /api/:type/:namespace/:name': (request) => info(request, DEFAULT_BRANCH),
    'GET /api/:type/:namespace/:name/revision/:revision': (request) =>
      info(request, request.param('revision')),

    'GET /api/:type': async (request) => {
      const type = repoTypeOfSegment(request.param('type'));
      if (type === undefined) throw new Refusal(404, 'The local hub has no such page');
      const visible = (await context.repositories.list(type)).filter(
        (repository) => mayRead(repository, request.account) && isNamed(repository, request.query),
      );
      const described: Record<string, unknown>[] = [];
      for (const repository of visible) {
        const head = await resolveRevision(repository, DEFAULT_BRANCH);
        if (head === undefined) continue;
        const entry = await describe(repository, head, false);
        if (hasTags(entry.tags, request.query)) described.push(entry);
      }
      const start = count(request.query.get('cursor'), 0, Number.MAX_SAFE_INTEGER);
      const end = start + Math.max(1, count(request.query.get('limit'), PAGE, PAGE));
      const more = end < described.length ? nextPage(request, { cursor: String(end) }) : {};
      return json(described.slice(start, end), more);
    },
  };
}

/** Everything clients may ask for with `expand`; they pass over what they did not. */
async function describe(
  repository: Repository,
  at: ResolvedRevision,
  withSizes: boolean,
): Promise<Record<string, unknown>> {
  const { id, metadata } = repository;
  const card = await readCard(repository, at.commit.tree);
  const siblings: Record<string, unknown>[] = [];
  for (const entry of await listAll(repository.objects, at.commit.tree, '')) {
    if (entry.type !== 'file') continue;
    const sibling = { rfilename: entry.path };
    siblings.push(withSizes ? { ...sibling, ...(await sizes(repository, entry.id)) } : sibling);
  }
  return {
    _id: metadata.key,
    id,
    modelId: id,
    author: namespaceOf(id),
    sha: at.id,
    private: metadata.visibility === 'private',
    gated: false,
    disabled: false,
    createdAt: metadata.createdAt,
    lastModified: at.commit.date.toISOString(),
    downloads: 0,
    downloadsAllTime: 0,
    likes: 0,
    spaces: [],
    ...card,
    siblings,
  };
}

async function sizes(repository: Repository, blob: string): Promise<Record<string, unknown>> {
  const { size, lfs } = await fileFacts(repository, blob);
  if (lfs === undefined) return { size, blobId: blob };
  return { size, blobId: blob, lfs: { sha256: lfs.oid, size: lfs.size, pointerSize: lfs.pointerSize } };
}

function isNamed(repository: Repository, query: URLSearchParams): boolean {
  const author = query.get('author');
  const search = query.get('search')?.toLowerCase() ?? '';
  return (
    (author === null || author === namespaceOf(repository.id)) && repository.id.toLowerCase().includes(search)
  );
}

function hasTags(tags: unknown, query: URLSearchParams): boolean {
  return query.getAll('filter').every((tag) => Array.isArray(tags) && tags.includes(tag));
}

/** A whole number of a query, `otherwise` when it is none, at most `limit`. */
function count(text: string | null, otherwise: number, limit: number): number {
  return text !== null && /^\d{1,15}$/.test(text) ? Math.min(Number(text), limit) : otherwise;
}

import { history } from '../git/commits.js';
import { RefConflict } from '../git/refs.js';
import { readJson } from '../http/body.js';
import { badRequest, quoted, Refusal, revisionNotFound } from '../http/refusal.js';
import { json, nextPage } from '../http/reply.js';
import type { HubRequest, Routes } from '../http/router.js';
import { demandRevision, readableInApi, writableInApi, type HubContext } from '../hub-context.js';
import { isRefName } from '../names.js';
import { DEFAULT_BRANCH } from '../repository.js';

const PAGE = 100;
const MAX_PAGE = 1000;

/** Commits, branches and tags. */
export function historyRoutes(context: HubContext): Routes {
  return {
    'GET /api/:type/:namespace/:name/commits/:revision': async (request) => {
      const repository = await readableInApi(context, request);
      const { id: head } = await demandRevision(repository, request.param('revision'));
      const size = Math.min(Math.max(1, wholeNumber(request.query.get('limit'), PAGE)), MAX_PAGE);
      const page = wholeNumber(request.query.get('p'), 0);
      const commits: Record<string, unknown>[] = [];
      let total = 0;
      for await (const { id, commit } of history(repository.objects, head)) {
        if (Math.floor(total / size) === page) {
          commits.push({
            id,
            title: commit.title,
            message: commit.message,
            authors: [{ user: commit.author, avatar: '' }],
            date: commit.date.toISOString(),
          });
        }
        total += 1;
      }
      const more = (page + 1) * size < total ? nextPage(request, { p: String(page + 1) }) : {};
      return json(commits, { 'X-Total-Count': String(total), ...more });
    },

    'GET /api/:type/:namespace/:name/refs': async (request) => {
      const repository = await readableInApi(context, request);
      const list = async (kind: 'heads' | 'tags') =>
        (await repository.refs.list(kind)).map(({ name, id }) => ({
          name,
          ref: `refs/${kind}/${name}`,
          targetCommit: id,
        }));
      return json({
        branches: await list('heads'),
        tags: await list('tags'),
        converts: [],
        pullRequests: [],
      });
    },

    'POST /api/:type/:namespace/:name/branch/:branch': async (request) => {
      const body = await readJson(request.message);
      if (body.flag('emptyBranch')) throw badRequest('The local hub makes no empty branches');
      const from = body.optionalString('startingPoint') ?? DEFAULT_BRANCH;
      await setRef(context, request, 'heads', request.param('branch'), from, body.flag('overwrite'));
      return json({});
    },
    'DELETE /api/:type/:namespace/:name/branch/:branch': async (request) => {
      if (request.param('branch') === DEFAULT_BRANCH)
        throw new Refusal(403, `${DEFAULT_BRANCH} cannot be deleted`);
      await removeRef(context, request, 'heads', request.param('branch'));
      return json({});
    },

    'POST /api/:type/:namespace/:name/tag/:revision': async (request) => {
      const body = await readJson(request.message);
      await setRef(context, request, 'tags', body.string('tag'), request.param('revision'), false);
      return json({});
    },
    'DELETE /api/:type/:namespace/:name/tag/:tag': async (request) => {
      await removeRef(context, request, 'tags', request.param('tag'));
      return json({});
    },
  };
}

async function setRef(
  context: HubContext,
  request: HubRequest,
  kind: 'heads' | 'tags',
  name: string,
  revision: string,
  overwrite: boolean,
): Promise<void> {
  const repository = await writableInApi(context, request);
  if (!isRefName(name)) throw badRequest(`Not a branch or tag name this hub accepts: ${quoted(name)}`);
  await context.repositories.change(repository, async (current) => {
    const { id } = await demandRevision(current, revision);
    const before = await current.refs.read(kind, name);
    if (before !== undefined && !overwrite)
      throw new Refusal(409, `Reference already exists: ${quoted(name)}`);
    await current.refs.update(kind, name, before, id).catch(asConflict);
  });
}

async function removeRef(
  context: HubContext,
  request: HubRequest,
  kind: 'heads' | 'tags',
  name: string,
): Promise<void> {
  const repository = await writableInApi(context, request);
  await context.repositories.change(repository, async (current) => {
    const before = await current.refs.read(kind, name);
    if (before === undefined) throw revisionNotFound(name);
    await current.refs.remove(kind, name, before).catch(asConflict);
  });
}

function asConflict(error: unknown): never {
  throw error instanceof RefConflict ? new Refusal(409, 'The reference changed at the same time') : error;
}

function wholeNumber(text: string | null, otherwise: number): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}

import { rm } from 'node:fs/promises';
import { MAX_REGULAR_BYTES } from '../commit/changes.js';
import { fileFacts } from '../file-facts.js';
import { entryAt } from '../git/trees.js';
import { JsonObject, readJson } from '../http/body.js';
import { badRequest, quoted, Refusal } from '../http/refusal.js';
import { json } from '../http/reply.js';
import type { HubRequest, Routes } from '../http/router.js';
import { demandRevision, writableInApi, writableRepository, type HubContext } from '../hub-context.js';
import { tracksLfs } from '../lfs/attributes.js';
import { isLfsOid } from '../lfs/pointer.js';
import { MAX_LFS_BYTES, receiveVerified } from '../lfs/store.js';
import { parseHostedRepoId, repoTypeOfSegment, segmentOf, type RepoType } from '../names.js';
import { parseRepoPath } from '../repo-path.js';
import type { Repository } from '../repository.js';

const MAX_FILES = 1000;

/** What comes before a commit: which files are large, and the upload of those. */
export function uploadRoutes(context: HubContext): Routes {
  const batch = async (request: HubRequest, type: RepoType) => {
    const name = /^(.+)\.git$/.exec(request.param('name'))?.[1] ?? '';
    const repository = await writableRepository(
      context,
      request.account,
      type,
      `${request.param('namespace')}/${name}`,
    );
    const body = await readJson(request.message);
    if (body.string('operation') !== 'upload')
      throw badRequest('The LFS batch of the local hub does uploads only');
    const objects: unknown[] = [];
    for (const each of body.list('objects', MAX_FILES)) {
      objects.push(await offer(context, request.origin, repository, new JsonObject(each)));
    }
    return json({ transfer: 'basic', objects }, { 'Content-Type': 'application/vnd.git-lfs+json' });
  };

  return {
    'POST /api/:type/:namespace/:name/preupload/:revision': async (request) => {
      const repository = await writableInApi(context, request);
      const { commit } = await demandRevision(repository, request.param('revision'));
      const body = await readJson(request.message);
      const stored = await entryAt(repository.objects, commit.tree, '.gitattributes');
      const attributes =
        body.optionalString('gitAttributes') ??
        (stored?.type === 'file'
          ? (await repository.objects.expect('blob', stored.id)).toString('utf8')
          : '');
      const files: unknown[] = [];
      for (const each of body.list('files', MAX_FILES)) {
        const file = new JsonObject(each);
        const path = parseRepoPath(file.string('path'));
        if (path === undefined) {
          throw badRequest(`Not a path that a repository may hold: ${quoted(file.string('path'))}`);
        }
        const size = file.size('size');
        const large = size > MAX_REGULAR_BYTES || (size > 0 && tracksLfs(attributes, path));
        const oid = await contentId(repository, commit.tree, path);
        files.push({
          path,
          uploadMode: large ? 'lfs' : 'regular',
          shouldIgnore: false,
          ...(oid === undefined ? {} : { oid }),
        });
      }
      return json({ files });
    },

    'POST /datasets/:namespace/:name/info/lfs/objects/batch': (request) => batch(request, 'dataset'),
    'POST /:namespace/:name/info/lfs/objects/batch': (request) => batch(request, 'model'),

    'PUT /_lfs/:type/:namespace/:name/:oid': async (request) => {
      const { repository, object } = await granted(context, request);
      const file = context.repositories.temporaryPath();
      try {
        await receiveVerified(request.message, file, object);
        await context.repositories.change(repository, (current) => current.lfs.adopt(file, object.oid));
      } finally {
        await rm(file, { force: true });
      }
      return json({});
    },
  };
}

/** One object of a batch answer: an upload URL, nothing when it is here already, or an error. */
async function offer(
  context: HubContext,
  origin: string,
  repository: Repository,
  object: JsonObject,
): Promise<Record<string, unknown>> {
  const oid = object.string('oid');
  const size = object.size('size');
  if (!isLfsOid(oid)) return { oid, size, error: { code: 422, message: 'Not a SHA-256' } };
  if (size > MAX_LFS_BYTES)
    return { oid, size, error: { code: 413, message: `Over ${MAX_LFS_BYTES} bytes` } };
  const here = await repository.lfs.sizeOf(oid);
  if (here === size) return { oid, size };
  if (here !== undefined) {
    return { oid, size, error: { code: 422, message: `This object has ${here} bytes` } };
  }
  const path = context.uploadUrls.sign({
    type: segmentOf(repository.type),
    repo: repository.id,
    repoKey: repository.metadata.key,
    oid,
    size,
  });
  return { oid, size, actions: { upload: { href: `${origin}${path}` } } };
}

/** The repository and object of an upload URL that this hub signed and that has not expired; else 403. */
async function granted(context: HubContext, request: HubRequest) {
  const type = repoTypeOfSegment(request.param('type'));
  const id = parseHostedRepoId(`${request.param('namespace')}/${request.param('name')}`);
  const oid = request.param('oid');
  const size = Number(request.query.get('size') ?? Number.NaN);
  const repository = type && id && isLfsOid(oid) ? await context.repositories.find(type, id) : undefined;
  const allowed =
    repository !== undefined &&
    context.uploadUrls.allows(
      { type: segmentOf(repository.type), repo: repository.id, repoKey: repository.metadata.key, oid, size },
      request.query.get('expires') ?? '',
      request.query.get('signature') ?? '',
    );
  if (!allowed) throw new Refusal(403, 'The upload URL is not valid, or no longer');
  return { repository, object: { oid, size } };
}

/** What clients compare to see that a file is already there: SHA-256 of a large file, git's id of a small one. */
async function contentId(repository: Repository, tree: string, path: string): Promise<string | undefined> {
  const entry = await entryAt(repository.objects, tree, path);
  if (entry?.type !== 'file') return undefined;
  return (await fileFacts(repository, entry.id)).lfs?.oid ?? entry.id;
}

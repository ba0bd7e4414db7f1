import { parseFile } from '../commit/changes.js';
import { badRequest, quoted, Refusal } from '../http/refusal.js';
import { JsonObject, readJson } from '../http/body.js';
import { json } from '../http/reply.js';
import type { Routes } from '../http/router.js';
import {
  demandAccount,
  demandWriter,
  writableInApi,
  writableRepository,
  type HubContext,
} from '../hub-context.js';
import { INITIAL_ATTRIBUTES } from '../lfs/attributes.js';
import { namespaceOf, parseHostedRepoId, urlPath, type RepoType } from '../names.js';
import { foldersAbove } from '../repo-path.js';
import type { Visibility } from '../repository.js';

const MAX_FIRST_FILES = 100;
const MAX_CREATE_BYTES = 32 * 1024 * 1024;

/** Creation, deletion and settings of repositories. */
export function repoRoutes(context: HubContext): Routes {
  return {
    'POST /api/repos/create': async (request) => {
      const account = demandAccount(request.account);
      const body = await readJson(request.message, MAX_CREATE_BYTES);
      const type = typeIn(body);
      const name = nameIn(body, account.user);
      const id = parseHostedRepoId(name);
      if (id === undefined) throw badRequest(`Not a repository name this hub can hold: ${quoted(name)}`);
      demandWriter(namespaceOf(id), account);
      const url = `${request.origin}/${urlPath(type, id)}`;
      const created = await context.repositories.create(type, id, {
        visibility: visibilityIn(body) ?? (body.flag('private') ? 'private' : 'public'),
        author: account.user,
        date: context.now(),
        files: firstFiles(body),
      });
      if (!created) {
        throw new Refusal(409, 'You already created this repo', { details: { url } });
      }
      return json({ url, id, name: id });
    },

    'DELETE /api/repos/delete': async (request) => {
      const account = demandAccount(request.account);
      const body = await readJson(request.message);
      const repository = await writableRepository(context, account, typeIn(body), nameIn(body, account.user));
      await context.repositories.remove(repository);
      return json({});
    },

    'PUT /api/:type/:namespace/:name/settings': async (request) => {
      const repository = await writableInApi(context, request);
      const body = await readJson(request.message);
      const visibility =
        visibilityIn(body) ??
        (typeof body.get('private') === 'boolean' ? privateOr(body.flag('private')) : undefined);
      const gated = body.get('gated');
      if (gated !== undefined && gated !== false) throw badRequest('The local hub has no gated repositories');
      if (visibility === undefined && gated === undefined)
        throw badRequest('Expected visibility: public or private');
      if (visibility !== undefined) await context.repositories.setVisibility(repository, visibility);
      const current = visibility ?? repository.metadata.visibility;
      return json({ visibility: current, private: current === 'private', gated: false });
    },
  };
}

function privateOr(isPrivate: boolean): Visibility {
  return isPrivate ? 'private' : 'public';
}

function typeIn(body: JsonObject): RepoType {
  const type = body.optionalString('type') ?? 'model';
  if (type !== 'model' && type !== 'dataset')
    throw badRequest(`Expected model or dataset for type, not ${quoted(type)}`);
  return type;
}

function nameIn(body: JsonObject, user: string): string {
  const name = body.string('name');
  // Older clients send the whole id as the name.
  return name.includes('/') ? name : `${body.optionalString('organization') ?? user}/${name}`;
}

function visibilityIn(body: JsonObject): Visibility | undefined {
  const visibility = body.optionalString('visibility');
  if (visibility === undefined || visibility === 'public' || visibility === 'private') return visibility;
  throw badRequest(`Expected public or private for visibility, not ${quoted(visibility)}`);
}

/** The files of the first commit: `.gitattributes`, a card when a license is given, and what the client sends along. */
function firstFiles(body: JsonObject): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>([['.gitattributes', Buffer.from(INITIAL_ATTRIBUTES)]]);
  const license = body.optionalString('license');
  if (license !== undefined) {
    if (!/^[a-z0-9][a-z0-9.-]{0,63}$/.test(license)) throw badRequest(`Not a license id: ${quoted(license)}`);
    files.set('README.md', Buffer.from(`---\nlicense: "${license}"\n---\n`));
  }
  if (body.get('files') !== undefined) {
    for (const file of body.list('files', MAX_FIRST_FILES)) {
      const { path, content } = parseFile(new JsonObject(file));
      files.set(path, content);
    }
  }
  for (const path of files.keys()) {
    if (foldersAbove(path).some((folder) => files.has(folder))) {
      throw badRequest(`A folder of ${quoted(path)} cannot be a file as well`);
    }
  }
  return files;
}

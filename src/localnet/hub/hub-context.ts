import { Refusal, revisionNotFound } from './http/refusal.js';
import type { HubRequest } from './http/router.js';
import type { UploadUrls } from './lfs/upload-url.js';
import { namespaceOf, parseHostedRepoId, repoTypeOfSegment, type RepoType } from './names.js';
import type { Repositories } from './repositories.js';
import type { Repository } from './repository.js';
import { resolveRevision, type ResolvedRevision } from './revisions.js';
import type { Account } from './tokens.js';

/** What the routes work on. */
export interface HubContext {
  readonly repositories: Repositories;
  readonly uploadUrls: UploadUrls;
  readonly now: () => Date;
}

/** True when the account may read: everybody a public repository, members of its namespace a private one. */
export function mayRead(repository: Repository, account: Account | undefined): boolean {
  return repository.metadata.visibility === 'public' || isMember(namespaceOf(repository.id), account);
}

export function isMember(namespace: string, account: Account | undefined): boolean {
  return account !== undefined && (account.user === namespace || account.orgs.includes(namespace));
}

/** A refusal with 403 unless the account may create and change what belongs to the namespace. */
export function demandWriter(namespace: string, account: Account): void {
  if (!isMember(namespace, account)) {
    throw new Refusal(403, `You have no right to change what belongs to ${namespace}`);
  }
  if (account.role !== 'write')
    throw new Refusal(403, 'This token has the role read; a token with write is needed');
}

export function demandAccount(account: Account | undefined): Account {
  if (account === undefined) throw new Refusal(401, 'A token is needed: Authorization: Bearer hf_…');
  return account;
}

/**
 * The repository a request names, for reading. One that is missing and one that is hidden look the same: 401 to the
 * anonymous, 404 to others.
 */
export async function readableRepository(
  context: HubContext,
  account: Account | undefined,
  type: RepoType | undefined,
  name: string,
): Promise<Repository> {
  const id = parseHostedRepoId(name);
  const found =
    type === undefined || id === undefined ? undefined : await context.repositories.find(type, id);
  if (found !== undefined && mayRead(found, account)) return found;
  throw new Refusal(account === undefined ? 401 : 404, 'Repository not found', { code: 'RepoNotFound' });
}

/** The same for changing: 401, 404 as for reading, then 403 for who may only read. */
export async function writableRepository(
  context: HubContext,
  account: Account | undefined,
  type: RepoType | undefined,
  name: string,
): Promise<Repository> {
  const repository = await readableRepository(context, account, type, name);
  demandWriter(namespaceOf(repository.id), demandAccount(account));
  return repository;
}

/** The repository in `/api/:type/:namespace/:name`, for reading. */
export function readableInApi(context: HubContext, request: HubRequest): Promise<Repository> {
  return readableRepository(
    context,
    request.account,
    repoTypeOfSegment(request.param('type')),
    nameIn(request),
  );
}

/** The repository in `/api/:type/:namespace/:name`, for changing. */
export function writableInApi(context: HubContext, request: HubRequest): Promise<Repository> {
  return writableRepository(
    context,
    request.account,
    repoTypeOfSegment(request.param('type')),
    nameIn(request),
  );
}

export function nameIn(request: HubRequest): string {
  return `${request.param('namespace')}/${request.param('name')}`;
}

/** The commit a branch, tag or commit id in a URL stands for; refused with 404 RevisionNotFound. */
export async function demandRevision(repository: Repository, revision: string): Promise<ResolvedRevision> {
  const found = await resolveRevision(repository, revision);
  if (found === undefined) throw revisionNotFound(revision);
  return found;
}

import { parseRepoId, type RepoId } from '../../common/identifiers.js';

/** The kinds of repository this hub keeps. */
export type RepoType = 'model' | 'dataset';

const SEGMENTS: Readonly<Record<string, RepoType>> = { models: 'model', datasets: 'dataset' };

/** First words of the hub's own URLs: a namespace so named could never be reached. */
const RESERVED = new Set(['api', 'datasets', 'models', 'spaces', 'buckets', 'kernels', '_lfs']);

/** `models` or `datasets`, as `/api/` URLs spell a type; undefined for anything else. */
export function repoTypeOfSegment(segment: string): RepoType | undefined {
  return Object.hasOwn(SEGMENTS, segment) ? SEGMENTS[segment] : undefined;
}

/** `models` or `datasets`: the type's word in `/api/` URLs and its folder on disk. */
export function segmentOf(type: RepoType): string {
  return `${type}s`;
}

/** Path of a repository in URLs outside `/api/`: models have no prefix. */
export function urlPath(type: RepoType, id: string): string {
  return type === 'model' ? id : `${segmentOf(type)}/${id}`;
}

/** A repository id this hub can hold, or undefined. It becomes a folder name, so the rule is strict. */
export function parseHostedRepoId(text: string): RepoId | undefined {
  const id = parseRepoId(text);
  return id !== undefined && !RESERVED.has(namespaceOf(id).toLowerCase()) ? id : undefined;
}

/** True for a user or organisation name that may own repositories. */
export function isNamespace(text: string): boolean {
  return !text.includes('/') && parseHostedRepoId(`${text}/x`) !== undefined;
}

export function namespaceOf(id: RepoId): string {
  return id.slice(0, id.indexOf('/'));
}

const COMMIT_ID = /^[0-9a-f]{40}$/;

/** A full commit id, lower case. */
export function isCommitId(text: string): boolean {
  return COMMIT_ID.test(text);
}

/**
 * True for a branch or tag name this hub accepts: one path segment that `git check-ref-format` accepts too and that
 * cannot be taken for a commit id. Names with slashes, which git allows, are left out: they would be folders on disk.
 */
export function isRefName(text: string): boolean {
  return (
    /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(text) &&
    !text.includes('..') &&
    !text.endsWith('.') &&
    !text.endsWith('.lock') &&
    !/^[0-9a-f]{40}$/i.test(text) &&
    text !== 'HEAD'
  );
}

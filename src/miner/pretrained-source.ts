import type { RepoId, Revision } from '../common/index.js';

/** What `--pretrained` asks for. */
export type PretrainedSource =
  | { readonly kind: 'none' }
  /** `explicit`: said by the operator, not the default, which an architecture without such weights may pass over. */
  | { readonly kind: 'imagenet'; readonly explicit: boolean }
  | { readonly kind: 'repo'; readonly repo: RepoId; readonly revision?: Revision | undefined }
  | { readonly kind: 'folder'; readonly path: string };

/** As the operator would write it. */
export function sourceText(source: PretrainedSource): string {
  if (source.kind === 'folder') return source.path;
  if (source.kind !== 'repo') return source.kind;
  return source.revision === undefined ? source.repo : `${source.repo}@${source.revision}`;
}

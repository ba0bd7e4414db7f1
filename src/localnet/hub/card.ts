import { parse } from 'yaml';
import { messageOf } from '../../common/errors.js';
import type { ObjectId } from './git/objects.js';
import { entryAt } from './git/trees.js';
import type { Repository } from './repository.js';

const MAX_HEADER_LENGTH = 256 * 1024;

/** What the header of a README says, as far as listings show it. */
export interface Card {
  readonly cardData: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly pipelineTag: string | undefined;
  readonly libraryName: string | undefined;
}

export const EMPTY_CARD: Card = { cardData: {}, tags: [], pipelineTag: undefined, libraryName: undefined };

/** The card of a README's text, or what is wrong with its YAML header. A README without header has an empty card. */
export function parseCard(readme: string): Card | { problem: string } {
  const found = /^\uFEFF?---\r?\n([^]*?)\r?\n---(?:\r?\n|$)/.exec(readme.slice(0, MAX_HEADER_LENGTH));
  if (found === null) return EMPTY_CARD;
  let value: unknown;
  try {
    value = parse(found[1] ?? '');
  } catch (error) {
    return { problem: messageOf(error) };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problem: 'The header is not a list of names and values' };
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const word = (name: string) => {
    const field = fields.get(name);
    return typeof field === 'string' ? field : undefined;
  };
  const tags = fields.get('tags');
  const license = word('license');
  return {
    cardData: Object.fromEntries(fields),
    tags: [
      ...(Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : []),
      ...(license === undefined ? [] : [`license:${license}`]),
    ],
    pipelineTag: word('pipeline_tag'),
    libraryName: word('library_name'),
  };
}

/** The card of a repository at a tree; empty when there is no README or its header is broken. */
export async function readCard(repository: Repository, tree: ObjectId): Promise<Card> {
  const entry = await entryAt(repository.objects, tree, 'README.md');
  if (entry?.type !== 'file') return EMPTY_CARD;
  const card = parseCard((await repository.objects.expect('blob', entry.id)).toString('utf8'));
  return 'problem' in card ? EMPTY_CARD : card;
}

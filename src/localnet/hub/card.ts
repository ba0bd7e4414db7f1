import type { ObjectId } from './git/objects.js';
import { entryAt } from './git/trees.js';
import type { Repository } from './repository.js';

const MAX_HEADER_LENGTH = 64 * 1024;

/** A top-level field of a README's header: a word, or a list of words. Deeper structures are left out. */
export type CardField = string | readonly string[];

/** The fields of a README's header, or what is wrong with it. */
export type CardResult = { readonly fields: ReadonlyMap<string, CardField> } | { readonly problem: string };

/**
 * Reads the header of a README. Only the part of YAML that listings show, in one pass: the general parsers for Node
 * take seconds for a few kilobytes made to be slow, or overflow the stack, and anybody's README is read here.
 */
export function parseCard(readme: string): CardResult {
  const header = /^\uFEFF?---\r?\n([^]*?)\r?\n---(?:\r?\n|$)/.exec(readme.slice(0, MAX_HEADER_LENGTH));
  const fields = new Map<string, CardField>();
  if (header === null) return { fields };
  const lines = (header[1] ?? '').split(/\r?\n/);
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    at += 1;
    if (/^\s*(?:#|$)/.test(line)) continue;
    const found = /^(["']?)([^\s"'#:?{}[\]-][^:"']*)\1:(?:[ \t]+(.*))?$/.exec(line);
    if (found === null) return { problem: `Line ${at} of the header is no name with a value` };
    const [name, start] = [found[2] ?? '', withoutComment(found[3] ?? '')];
    const rest: string[] = [];
    const isOpen = () => start.startsWith('[') && !last.endsWith(']');
    let last = start;
    // What is indented, and the dashes of a list, belong to the field; so does all to the end of an open bracket.
    while (at < lines.length && (isOpen() || /^(?:\s|-|$)/.test(lines[at] ?? ''))) {
      const more = withoutComment(lines[at] ?? '');
      rest.push(more);
      if (more !== '') last = more;
      at += 1;
    }
    if (isOpen()) return { problem: `The list of ${name} is not closed` };
    const value = valueOf(start, rest);
    if (value !== undefined) fields.set(name, value);
  }
  return { fields };
}

function valueOf(start: string, rest: readonly string[]): CardField | undefined {
  const lines = rest.filter((line) => line !== '');
  if (start.startsWith('[')) {
    const inside = [start, ...lines].join(' ').slice(1, -1);
    return inside
      .split(',')
      .map(word)
      .filter((each) => each !== '');
  }
  if (start !== '') return lines.length === 0 ? word(start) : undefined;
  const isPlainItem = (line: string) => /^- +[^\s{[&*!|>]/.test(line) && !/:(?:\s|$)/.test(line);
  return lines.length > 0 && lines.every(isPlainItem) ? lines.map((line) => word(line.slice(1))) : undefined;
}

/** A scalar without its quotes. */
function word(text: string): string {
  const trimmed = text.trim();
  return /^(["'])(.*)\1$/.exec(trimmed)?.[2] ?? trimmed;
}

function withoutComment(line: string): string {
  return /["']\s*$/.test(line) ? line.trim() : line.replace(/(?:^|\s)#.*$/, '').trim();
}

/** What listings show of the card of a repository at a tree; empty when there is no README or it is broken. */
export async function readCard(repository: Repository, tree: ObjectId): Promise<Record<string, unknown>> {
  const entry = await entryAt(repository.objects, tree, 'README.md');
  const readme =
    entry?.type === 'file' ? (await repository.objects.expect('blob', entry.id)).toString('utf8') : '';
  const card = parseCard(readme);
  const fields = 'fields' in card ? card.fields : new Map<string, CardField>();
  const tags = fields.get('tags');
  const license = fields.get('license');
  return {
    cardData: Object.fromEntries(fields),
    tags: [
      ...(typeof tags === 'object' ? tags : []),
      ...(typeof license === 'string' ? [`license:${license}`] : []),
    ],
    ...only('pipeline_tag', fields),
    ...only('library_name', fields),
  };
}

function only(name: string, fields: ReadonlyMap<string, CardField>): Record<string, string> {
  const value = fields.get(name);
  return typeof value === 'string' ? { [name]: value } : {};
}

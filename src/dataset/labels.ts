import { type Finding, FINDINGS, nearest, NO_FINDING } from '../common/index.js';

/** The label column of one image, or why it cannot be trusted. */
export type ParsedLabels = { readonly labels: number } | { readonly reason: string };

const BIT_OF = new Map<string, number>(FINDINGS.map((finding, index) => [finding, 1 << index]));

/**
 * Reads `Effusion|Mass` or `No Finding` into bits (bit i = FINDINGS[i] is present). A row with one unknown word is
 * refused as a whole: the image may show what the word meant, so the other bits would be a half-truth.
 */
export function parseLabels(text: string): ParsedLabels {
  const words = text.split('|').map((word) => word.trim());
  if (words.every((word) => word === ''))
    return { reason: `no label; write ${NO_FINDING} when there is none` };
  let labels = 0;
  for (const word of words) {
    if (word === NO_FINDING) continue;
    const bit = BIT_OF.get(word);
    if (bit === undefined) {
      const near = nearest(word, FINDINGS);
      const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
      return { reason: `unknown finding ${JSON.stringify(word.slice(0, 60))}${hint}` };
    }
    labels |= bit;
  }
  if (labels !== 0 && words.includes(NO_FINDING)) return { reason: `${NO_FINDING} together with a finding` };
  return { labels };
}

/** The label column that `parseLabels` reads back to the same bits. */
export function formatLabels(labels: number): string {
  const present = findingsOf(labels);
  return present.length === 0 ? NO_FINDING : present.join('|');
}

/** The findings whose bits are set, in the order of the model's outputs. */
export function findingsOf(labels: number): Finding[] {
  return FINDINGS.filter((_, index) => (labels & (1 << index)) !== 0);
}

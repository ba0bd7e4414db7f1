// @ts-check
import { isNearCopy } from '../../dist/validator/near-copies.js';

/**
 * A Markdown table of pairs of models, a row a kind: smallest to largest of each figure, and how many pairs are near copies.
 * @param {readonly { kind: string, likeness: number, images: number, sameBackbone: boolean, distance: number, lossDifference: number }[]} pairs
 */
export function pairTable(pairs) {
  const rows = [...new Set(pairs.map(({ kind }) => kind))].map((kind) => {
    const own = pairs.filter((pair) => pair.kind === kind);
    const range = (/** @type {'likeness' | 'distance' | 'lossDifference'} */ figure) => {
      const figures = own.map((pair) => pair[figure]).sort((a, b) => a - b);
      return [figures[0], figures.at(-1)].map((number) => number?.toFixed(4)).join(' to ');
    };
    const flagged = own.filter(isNearCopy).length;
    const cells = [kind, range('likeness'), range('distance'), range('lossDifference')];
    return `| ${[...cells, `${flagged} of ${own.length}`].join(' | ')} |`;
  });
  const head = ['Pair', 'Likeness of answers', 'Distance', 'Loss, second - first', 'Near copies'];
  return [`| ${head.join(' | ')} |`, `|${' - |'.repeat(head.length)}`, ...rows].join('\n');
}

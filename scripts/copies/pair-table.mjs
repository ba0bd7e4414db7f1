// @ts-check
import { NEAR_COPY } from '../../dist/validator/near-copies.js';

/**
 * A Markdown table of pairs of models, a row a kind: smallest to largest of each figure, and how many pairs are near copies.
 * @param {readonly { kind: string, correlation: number, distance: number, backbone: number, lossDifference: number }[]} pairs
 */
export function pairTable(pairs) {
  const rows = [...new Set(pairs.map(({ kind }) => kind))].map((kind) => {
    const own = pairs.filter((pair) => pair.kind === kind);
    const range = (/** @type {'correlation' | 'distance' | 'lossDifference'} */ figure) => {
      const figures = own.map((pair) => pair[figure]).sort((a, b) => a - b);
      return [figures[0], figures.at(-1)].map((number) => number?.toFixed(4)).join(' to ');
    };
    const flagged = own.filter(
      ({ correlation, backbone }) =>
        correlation >= (backbone === 0 ? NEAR_COPY.sameBackbone : NEAR_COPY.correlation),
    ).length;
    const cells = [kind, range('correlation'), range('distance'), range('lossDifference')];
    return `| ${[...cells, `${flagged} of ${own.length}`].join(' | ')} |`;
  });
  const head = ['Pair', 'Correlation of logits', 'Distance', 'Loss, second - first', 'Near copies'];
  return [`| ${head.join(' | ')} |`, `|${' - |'.repeat(head.length)}`, ...rows].join('\n');
}

import { describe, expect, test } from '@jest/globals';
import { EMPTY_CARD, parseCard } from '../../../src/localnet/hub/card.js';

describe('the header of a README', () => {
  test('gives tags, license, task and library', () => {
    const readme =
      '---\nlicense: mit\ntags: [a, b, 3]\npipeline_tag: image-classification\nlibrary_name: timm\n---\n# x';
    expect(parseCard(readme)).toMatchObject({
      tags: ['a', 'b', 'license:mit'],
      pipelineTag: 'image-classification',
      libraryName: 'timm',
    });
  });

  test.each(['', '# only text', '---\nnever closed', 'text\n---\na: 1\n---'])('is not in %j', (readme) => {
    expect(parseCard(readme)).toEqual(EMPTY_CARD);
  });

  test('that is no YAML, or no names and values, is a problem', () => {
    expect(parseCard('---\na: [\n---\n')).toHaveProperty('problem');
    expect(parseCard('---\n- a\n---\n')).toHaveProperty('problem');
  });

  test('that unfolds to billions of words is a problem, at once', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i += 1)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(parseCard(`---\n${lines.join('\n')}\n---\n`)).toHaveProperty('problem');
  });
});

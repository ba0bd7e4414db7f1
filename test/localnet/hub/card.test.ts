import { describe, expect, test } from '@jest/globals';
import { parseCard } from '../../../src/localnet/hub/card.js';

const fieldsOf = (header: string): unknown => {
  const card = parseCard(`---\n${header}\n---\n# Title\n`);
  return 'fields' in card ? Object.fromEntries(card.fields) : card;
};

describe('the header of a README', () => {
  test('gives its words and lists, however they are written', () => {
    const header = [
      '# a comment',
      'license: mit # free',
      'library_name: "timm"',
      "pretty_name: 'An X-ray: model'",
      'tags: [a, "b", c] # three',
      'two words: "with # sign"',
      'datasets:',
      '- one/two',
      '- "three/four"',
      'metrics:',
      '  - roc_auc',
      '',
      'language: [',
      '  en,',
      '  de',
      ']',
    ].join('\n');
    expect(fieldsOf(header)).toEqual({
      license: 'mit',
      library_name: 'timm',
      pretty_name: 'An X-ray: model',
      tags: ['a', 'b', 'c'],
      'two words': 'with # sign',
      datasets: ['one/two', 'three/four'],
      metrics: ['roc_auc'],
      language: ['en', 'de'],
    });
  });

  test('leaves out deeper structures and texts over several lines, but nothing after them', () => {
    const header = [
      'model-index:',
      '- name: xray',
      '  results:',
      '  - task: {type: image-classification}',
      'description: |',
      '  first',
      '  second',
      'license: mit',
    ].join('\n');
    expect(fieldsOf(header)).toEqual({ license: 'mit' });
  });

  test.each(['', '# only text', '---\nnever closed', 'text\n---\na: 1\n---'])('is not in %j', (readme) => {
    expect(parseCard(readme)).toEqual({ fields: new Map() });
  });

  test.each(['a: [1, 2', 'no colon', '{a: 1}', '- a', 'a:b', '"a: 1'])('has a problem in %j', (header) => {
    expect(fieldsOf(header)).toHaveProperty('problem');
  });

  test.each(['? ', '- ', '[', '{', ': ', '"', 'a: [\n', '- [\n', ' ', '\n', '#', 'a: "'])(
    'made of 60,000 times %j is read at once',
    (piece) => {
      const begin = performance.now();
      parseCard(`---\n${piece.repeat(60_000 / piece.length)}\n---\n`);
      parseCard(`---\na: [${'\n'.repeat(30_000)}${piece.repeat(30_000 / piece.length)}\n---\n`);
      expect(performance.now() - begin).toBeLessThan(1000);
    },
  );

  test('named __proto__ or constructor is a field like any other', () => {
    const card = parseCard('---\n__proto__: x\nconstructor: y\n---\n');
    expect(card).toEqual({
      fields: new Map([
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ]),
    });
  });
});

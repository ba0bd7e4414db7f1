import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ESLint } from 'eslint';

const root = join(import.meta.dirname, '..', '..');

async function messagesFor(file: string, code: string): Promise<string[]> {
  const eslint = new ESLint({
    cwd: root,
    // Types are beside the point here, and parsing with them would need the file to exist.
    overrideConfig: { languageOptions: { parserOptions: { project: null } } },
    ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports',
  });
  const [result] = await eslint.lintText(code, { filePath: join(root, file) });
  return result?.messages.map(({ message }) => message) ?? [];
}

test.each([
  ['src/miner/x.ts', '../validator/index.js'],
  ['src/validator/x.ts', '../miner/ranking.js'],
  ['src/validator/x.ts', '../localnet/index.js'],
  ['src/chain/x.ts', '../hub/index.js'],
  ['src/common/x.ts', '../engine/index.js'],
  ['src/localnet/chain/x.ts', '../../chain/index.js'],
  ['src/engine/x.ts', '../cli/run.js'],
])('%s may not import %s', async (file, target) => {
  expect(await messagesFor(file, `import '${target}';`)).not.toEqual([]);
});

test.each([
  ['src/miner/x.ts', '../engine/index.js'],
  ['src/cli/x.ts', '../localnet/index.js'],
  ['src/localnet/chain/x.ts', '../../common/index.js'],
  ['src/validator/x.ts', './ranking.js'],
])('%s may import %s', async (file, target) => {
  expect(await messagesFor(file, `import '${target}';`)).toEqual([]);
});

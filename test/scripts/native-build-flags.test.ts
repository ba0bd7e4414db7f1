import { expect, test } from '@jest/globals';
import { nativeBuildFlags } from '../../scripts/native-build-flags.mjs';

test('--cpu and --cuda choose the libtorch, --force builds again', () => {
  expect(nativeBuildFlags([])).toEqual({ force: false });
  expect(nativeBuildFlags(['--cuda'])).toEqual({ kind: 'cuda', force: false });
  expect(nativeBuildFlags(['--cpu', '--force'])).toEqual({ kind: 'cpu', force: true });
});

test.each([[['--cpu', '--cuda']], [['--gpu']], [['cuda']]])('%j is refused with the usage', (args) => {
  expect(() => nativeBuildFlags(args)).toThrow(
    expect.objectContaining({ name: 'SetupError', remedies: [expect.stringContaining('usage:') as unknown] }),
  );
});

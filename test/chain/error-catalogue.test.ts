import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ERROR_CATALOGUE, type Retry } from '../../src/chain/error-catalogue.js';
import { poolRejection } from '../../src/chain/pool-errors.js';
import { RpcError } from '../../src/chain/rpc-errors.js';
import { METADATA, registryOf } from './support/runtimes.js';

const OWN = ['AllZeroWeights', 'EraEnded', 'CHAIN_STALLED', 'NoOutcome', 'UnknownModuleError'];
/** Of runtimes before the one whose metadata is looked at. */
const OLDER = [
  'CommitmentSetRateLimitExceeded',
  'TooManyRegistrationsThisBlock',
  'TooManyRegistrationsThisInterval',
  'TxRateLimitExceeded',
];

const shownRetry = (retry: Retry): string => {
  if (retry === 'never') return 'no';
  if (retry === 'epoch') return 'in the next epoch';
  if (retry === 'rate-limit') return 'after the rate limit';
  return retry === 1 ? 'after 1 block' : `after ${retry} blocks`;
};

/** Reasons that the pool gives, by asking for each of its codes. */
function poolNames(): string[] {
  const name = (code: number, data: string) =>
    poolRejection(RpcError.from('author_submitExtrinsic', { code, message: 'no', data })).name;
  const words = [
    ...[
      'Inability to pay',
      'bad signature',
      'outdated',
      'valid in the future',
      'ancient birth block',
      'exhaust',
    ],
    ...['call is not expected', 'mandatory', 'signing address', 'nobody knows'],
  ];
  return [
    ...Array.from({ length: 28 }, (_, code) => name(1010, `Custom error: ${code}`)),
    name(1010, 'Custom error: 255'),
    ...words.map((data) => name(1010, data)),
    ...[1011, 1012, 1014, 1015, 1016, 1018].map((code) => name(code, '')),
  ];
}

describe('the catalogue of errors', () => {
  test('is what docs/operations.md shows, row by row', () => {
    const document = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    const rows = document
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .filter((cells) => cells.length === 6 && /^`\w+`$/.test(cells[1] ?? ''))
      .map((cells) => cells.slice(1, 5));
    expect(rows).toEqual(
      Object.entries(ERROR_CATALOGUE).map(([name, { cause, retry, remedy }]) => [
        `\`${name}\``,
        cause,
        shownRetry(retry),
        remedy,
      ]),
    );
  });

  test('knows every reason of the pool', () => {
    expect(poolNames().filter((name) => !Object.hasOwn(ERROR_CATALOGUE, name))).toEqual([]);
  });

  test.each(METADATA)(
    'names no error that neither the runtime of %s, nor the pool, nor we have',
    (_, metadata) => {
      const registry = registryOf(metadata);
      const pallets = registry.metadata.pallets.flatMap(({ errors }) =>
        errors.isSome
          ? registry.lookup
              .getSiType(errors.unwrap().type)
              .def.asVariant.variants.map(({ name }) => name.toString())
          : [],
      );
      const known = new Set([...pallets, ...poolNames(), ...OWN, ...OLDER]);
      expect(Object.keys(ERROR_CATALOGUE).filter((name) => !known.has(name))).toEqual([]);
    },
  );
});

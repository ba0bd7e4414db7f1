import { describe, expect, test } from '@jest/globals';
import { poolRejection } from '../../src/chain/pool-errors.js';
import { RpcError } from '../../src/chain/rpc-errors.js';

const rejection = (code: number, message: string, data?: unknown) =>
  poolRejection(RpcError.from('author_submitExtrinsic', { code, message, data }));

describe('refusals of the transaction pool', () => {
  test.each([
    [1, 'StakeAmountTooLow', false],
    [6, 'RateLimitExceeded', true],
    [10, 'HotKeyNotRegisteredInNetwork', false],
    [19, 'UidNotFound', false],
    [27, 'DelegateTakeTooHigh', false],
    [255, 'BadRequest', false],
    [99, 'Custom99', false],
  ])('custom error %i is %s', (code, name, retryable) => {
    const expected = { ok: false, kind: 'rejected', name, retryable };
    expect(rejection(1010, 'Invalid Transaction', `Custom error: ${code}`)).toMatchObject(expected);
    expect(rejection(1010, '1010: Invalid Transaction', { invalid: { custom: code } })).toMatchObject(
      expected,
    );
  });

  test.each([
    ['Inability to pay some fees (e.g. account balance too low)', 'Payment', false],
    ['Transaction has a bad signature', 'BadProof', false],
    ['Transaction is outdated', 'Stale', true],
    ['Transaction will be valid in the future', 'Future', true],
    ['Transaction has an ancient birth block', 'AncientBirthBlock', true],
    ['Transaction would exhaust the block limits', 'ExhaustsResources', true],
    ['something that was never heard of', 'InvalidTransaction', false],
  ])('%j is %s', (data, name, retryable) => {
    expect(rejection(1010, 'Invalid Transaction', data)).toMatchObject({ name, retryable });
  });

  test('a priority that is too low means that another submission of the key is waiting', () => {
    const refused = rejection(
      1014,
      'Priority is too low: (18 vs 18)',
      'The transaction has too low priority',
    );
    expect(refused).toMatchObject({ name: 'AlreadyPending', retryable: true });
    expect(refused.detail).toMatch(/waiting in the pool.*Priority is too low/);
  });

  test('a code that nobody documented keeps its number and the words of the node', () => {
    expect(rejection(-32601, 'Method not found')).toMatchObject({ name: 'Rpc-32601', retryable: false });
    expect(rejection(-32601, 'Method not found').detail).toMatch(/Method not found/);
  });

  test.each([null, 'text', 7, {}, { code: '1010', message: 5 }, []])(
    'an error of the shape %j is still a refusal',
    (error) => {
      expect(poolRejection(RpcError.from('author_submitExtrinsic', error)).ok).toBe(false);
    },
  );
});

import { describe, expect, test } from '@jest/globals';
import {
  describeCharge,
  explainRefusal,
  priceLimit,
  registrationObstacle,
  type RegistrationTerms,
} from '../../src/chain/registration.js';
import { refusal } from '../../src/chain/submission.js';
import { formatTao } from '../../src/chain/tao.js';

const TERMS: RegistrationTerms = {
  netuid: 31,
  hotkey: '5Hot',
  coldkey: '5Cold',
  uid: undefined,
  balanceRao: 2_000_000_000n,
  priceRao: 1_500_000_000n,
  limitRao: 1_950_000_000n,
  feeRao: undefined,
  open: true,
};

describe('the most that a registration may cost', () => {
  test.each([
    [1_500_000_000n, 30, 1_950_000_000n],
    [1_500_000_000n, 0, 1_500_000_000n],
    [3n, 33.3333, 4n], // rounded up: a third more than 3 rao
    [0n, 30, 0n],
    [9_007_199_254_740_993n, 100, 18_014_398_509_481_986n], // beyond what float64 holds exactly
  ])('of %s rao and %s percent', (price, percent, limit) => {
    expect(priceLimit(price, percent)).toBe(limit);
  });
});

test.each([
  [0n, 'τ0'],
  [1n, 'τ0.000000001'],
  [1_500_000_000n, 'τ1.5'],
  [21_000_000_000_000_000n, 'τ21000000'],
])('%s rao are written as %s', (rao, text) => {
  expect(formatTao(rao)).toBe(text);
});

describe('what was paid', () => {
  test('is told as burn and fee, or as far as the chain tells it', () => {
    expect(describeCharge({ totalRao: 1_200_000_000n, feeRao: 200_000n })).toBe(
      'Paid τ1.2: τ1.1998 for the registration, τ0.0002 as the fee.',
    );
    expect(describeCharge({ totalRao: 1_200_000_000n, feeRao: undefined })).toBe('Paid τ1.2.');
    expect(describeCharge({ totalRao: -5n, feeRao: 1n })).toMatch(/cannot be told/);
  });
});

describe('why a registration fails', () => {
  test('is known beforehand when the subnet is closed or the price too high', () => {
    expect(registrationObstacle(TERMS)).toBeUndefined();
    expect(registrationObstacle({ ...TERMS, balanceRao: TERMS.priceRao })).toBeUndefined();
    expect(registrationObstacle({ ...TERMS, balanceRao: TERMS.priceRao, feeRao: 7n })).toMatchObject({
      code: 'REGISTRATION_NOT_ENOUGH_BALANCE_TO_STAKE',
      message: expect.stringContaining('a fee of τ0.000000007'),
    });
    expect(registrationObstacle({ ...TERMS, open: false })).toMatchObject({
      code: 'REGISTRATION_SUB_NET_REGISTRATION_DISABLED',
    });
    expect(registrationObstacle({ ...TERMS, balanceRao: TERMS.priceRao - 1n })).toMatchObject({
      message: 'The coldkey has τ1.499999999; the registration costs τ1.5 and a small fee.',
      remedy: expect.stringContaining('Send TAO to the coldkey 5Cold'),
    });
  });

  test.each([
    ['NotEnoughBalanceToStake', /costs τ1\.5/, /Send TAO/],
    ['BalanceTooLow', /costs τ1\.5/, /Send TAO/],
    ['SubNetRegistrationDisabled', /takes no registrations/, /owner/],
    ['RegistrationPriceLimitExceeded', /over the limit of τ1\.95/, /--slippage/],
    ['HotKeyAlreadyRegisteredInSubNet', /5Hot is registered on subnet 31 already/, /Nothing/],
    ['NonAssociatedColdKey', /belongs to another coldkey than 5Cold/, /new-hotkey/],
    ['NoNeuronIdAvailable', /full/, /immunity/],
    ['SubnetNotExists', /no subnet 31/, /--netuid/],
    ['RegistrationNotPermittedOnRootSubnet', /root network/, /--netuid/],
    ['ColdkeyInSwapSchedule', /5Cold is about to be swapped/, /new coldkey/],
    ['SomethingNew', /refused the registration: SomethingNew: what it means/, /try again/],
  ])('%s is explained with what to do', (name, message, remedy) => {
    const error = explainRefusal(refusal('failed', name, 'what it means'), TERMS);
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(remedy);
  });

  test('when nobody knows whether it did, the same command tells', () => {
    const error = explainRefusal(refusal('timed-out', 'EraEnded', 'it was in no block', true), TERMS);
    expect(error).toMatchObject({
      code: 'REGISTRATION_UNKNOWN',
      message: expect.stringContaining('it was in no block'),
      remedy: expect.stringContaining('Run the same command again'),
    });
  });
});

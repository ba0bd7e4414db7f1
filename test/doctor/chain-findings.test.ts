import { describe, expect, test } from '@jest/globals';
import type { Coldkey, Hotkey, Uid } from '../../src/common/index.js';
import { type ChainFacts, chainFindings, clockFinding } from '../../src/doctor/chain-findings.js';

const OWN: NonNullable<ChainFacts['own']> = {
  uid: 3 as Uid,
  hotkey: '5hot' as Hotkey,
  coldkey: '5cold' as Coldkey,
  stakeTao: 1200,
  validatorPermit: true,
  lastUpdate: 900,
  registrationBlock: 100,
  active: true,
  incentive: 0,
  emission: 0,
  axon: undefined,
};

const FACTS: ChainFacts = {
  network: 'finney',
  netuid: 31,
  own: OWN,
  subnet: {
    block: 1000,
    blockTimeMs: 0,
    specVersion: 424,
    name: 'HealthTensor',
    owner: '5owner',
    stakeThresholdRao: 1_000_000_000_000n,
  },
  hyperparameters: {
    netuid: 31,
    block: 1000,
    tempo: 360,
    commitRevealEnabled: true,
    commitRevealVersion: 4,
    revealPeriodEpochs: 1,
    weightsRateLimit: 100,
    weightsVersionKey: 0n,
    minAllowedWeights: 1,
    maxWeightsLimit: 65_535,
    immunityPeriod: 5000,
    registrationAllowed: true,
    burnRao: 500_000_000n,
    neurons: 256,
  },
};

interface Changes {
  network?: string;
  own?: Partial<typeof OWN> | undefined;
  subnet?: Partial<ChainFacts['subnet']>;
  hyperparameters?: Partial<ChainFacts['hyperparameters']>;
}

/** The finding of one check on a subnet that is right but for the changes. */
function find(check: string, changes: Changes = {}, intent = { versionKey: 2000, epochLength: 300 }) {
  const own = 'own' in changes && changes.own === undefined ? undefined : { ...OWN, ...changes.own };
  const facts: ChainFacts = {
    ...FACTS,
    ...(changes.network === undefined ? {} : { network: changes.network }),
    own,
    subnet: { ...FACTS.subnet, ...changes.subnet },
    hyperparameters: { ...FACTS.hyperparameters, ...changes.hyperparameters },
  };
  return chainFindings(facts, intent).find((finding) => finding.check === check);
}

describe('what the doctor says of a subnet', () => {
  test('is all well where all is well', () => {
    const findings = chainFindings(FACTS, { versionKey: 2000, epochLength: 300 });
    expect(findings.map(({ level }) => level)).toEqual(findings.map(() => 'ok'));
    expect(findings.map(({ check }) => check)).toEqual([
      'subnet',
      'registration',
      'permit',
      'stake',
      'version-key',
      'rate-limit',
      'commit-reveal',
      'immunity',
    ]);
  });

  test('a subnet of another name is doubted, with its name and owner', () => {
    expect(find('subnet', { subnet: { name: 'Candles' } })).toMatchObject({
      level: 'warning',
      text: '31 on finney is named "Candles", owner 5owner',
      remedy: expect.stringContaining('--netuid'),
    });
  });

  test('a subnet without a name is doubted on a public network and believed on a local one', () => {
    expect(find('subnet', { subnet: { name: undefined } })?.level).toBe('warning');
    expect(find('subnet', { network: 'local', subnet: { name: undefined } })?.level).toBe('ok');
  });

  test('a hotkey that is not registered is a failure, with the price and what to type', () => {
    expect(find('registration', { own: undefined })).toMatchObject({
      level: 'failure',
      text: 'the hotkey is not registered on subnet 31; a registration costs 0.5000 TAO now',
      remedy: expect.stringContaining('healthtensor register --netuid 31'),
    });
    const closed = find('registration', { own: undefined, hyperparameters: { registrationAllowed: false } });
    expect(closed?.remedy).toContain('takes no registrations');
    expect(find('permit', { own: undefined })).toBeUndefined();
  });

  test('an immunity that goes on is told with its end', () => {
    expect(find('registration')?.text).toContain('immune until block 5100');
    expect(find('registration', { subnet: { block: 5100 } })?.text).not.toContain('immune');
  });

  test('a validator fails without a permit', () => {
    expect(find('permit', { own: { validatorPermit: false } })).toMatchObject({
      level: 'failure',
      role: 'validator',
    });
  });

  test('a validator fails with less stake than the threshold, to the rao', () => {
    expect(find('stake', { own: { stakeTao: 1000 } })?.level).toBe('ok');
    expect(find('stake', { own: { stakeTao: 999.999999999 } })).toMatchObject({
      level: 'failure',
      text: '1000.000 TAO, the threshold for setting weights is 1000.0000 TAO',
    });
  });

  test('a version key below the one that the subnet wants is a failure, 0 takes any', () => {
    expect(find('version-key', { hyperparameters: { weightsVersionKey: 2000n } })?.level).toBe('ok');
    expect(find('version-key', { hyperparameters: { weightsVersionKey: 2001n } })).toMatchObject({
      level: 'failure',
      text: 'ours is 2000, the subnet wants at least 2001',
    });
  });

  test('the blocks to wait for the next weights are counted from the last update', () => {
    expect(find('rate-limit', { own: { lastUpdate: 901 } })?.text).toContain('may be set now');
    expect(find('rate-limit', { own: { lastUpdate: 902 } })?.text).toContain('1 block to wait');
    expect(find('rate-limit', { own: { lastUpdate: 0 } })?.text).toContain('may be set now');
  });

  test('a rate limit longer than our own period is a warning', () => {
    expect(find('rate-limit', { hyperparameters: { weightsRateLimit: 301 } })).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining('--neuron.epoch_length 301'),
    });
  });

  test('a commit-reveal version from the future is a failure, off is well', () => {
    expect(find('commit-reveal', { hyperparameters: { commitRevealVersion: 5 } })?.level).toBe('failure');
    expect(find('commit-reveal', { hyperparameters: { revealPeriodEpochs: 2 } })?.text).toContain('2 epochs');
    expect(find('commit-reveal', { hyperparameters: { commitRevealEnabled: false } })?.text).toContain('off');
  });

  test('an immunity that ends before the first weights are revealed is a warning', () => {
    const hyperparameters = { revealPeriodEpochs: 13 };
    expect(find('immunity', { hyperparameters })?.level).toBe('warning');
    expect(
      find('immunity', { hyperparameters: { ...hyperparameters, commitRevealEnabled: false } })?.level,
    ).toBe('ok');
  });
});

describe("the machine's clock", () => {
  test.each([
    [-30_000, 'failure'],
    [-3_000, 'ok'],
    [12_000, 'ok'],
    [180_000, 'warning'],
  ])('%i ms after the newest block is %s', (difference, level) => {
    expect(clockFinding(1_800_000_000_000, 1_800_000_000_000 + difference).level).toBe(level);
  });
});

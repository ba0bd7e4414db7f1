import { describe, expect, test } from '@jest/globals';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import { VALIDATOR_OPTIONS, validatorSettings } from '../../../src/cli/options/validator.js';
import { OptionError } from '../../../src/common/index.js';

const settingsOf = (environment: Record<string, string>, dotenv: Record<string, string> = {}) =>
  validatorSettings(resolveOptions(VALIDATOR_OPTIONS, { flags: {}, environment, dotenv }));

describe("the token for strangers' repositories", () => {
  test('is none unless one is given: the data set’s is never taken for it', () => {
    const { hub, models } = settingsOf({ ACCESS_TOKEN: 'hf_dataset' });
    expect([hub.token, models.token]).toEqual(['hf_dataset', undefined]);
  });

  test('is another than the data set’s', () => {
    const { hub, models } = settingsOf({ ACCESS_TOKEN: 'hf_dataset', MODELS_TOKEN: 'hf_models' });
    expect([hub.token, models.token]).toEqual(['hf_dataset', 'hf_models']);
  });

  test.each([
    ['one environment', { ACCESS_TOKEN: 'hf_same', MODELS_TOKEN: 'hf_same' }, {}],
    ['the Hub’s own variable', { HF_TOKEN: 'hf_same', MODELS_TOKEN: 'hf_same' }, {}],
    ['two files, with a space', { ACCESS_TOKEN: 'hf_same ' }, { MODELS_TOKEN: 'hf_same' }],
  ])('is refused, and not shown, when it is the same: %s', (_, environment, dotenv) => {
    let refusal: unknown;
    try {
      settingsOf(environment, dotenv);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(OptionError);
    expect(String(refusal)).toContain('MODELS_TOKEN');
    expect(String(refusal)).not.toContain('hf_same');
  });
});

test('the hosts of a mirror reach the settings', () => {
  expect(settingsOf({ HF_DOWNLOAD_HOSTS: 'cdn.example.org' }).hub.downloadHosts).toEqual(['cdn.example.org']);
  expect(settingsOf({}).hub.downloadHosts).toBeUndefined();
});

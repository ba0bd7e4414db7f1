import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CHECK_OPTIONS, DOWNLOAD_OPTIONS, SYNTH_OPTIONS } from '../../src/cli/options/dataset.js';
import { DEMO_OPTIONS } from '../../src/cli/options/demo.js';
import { EXPLAIN_OPTIONS } from '../../src/cli/options/explain.js';
import { DOCTOR_OPTIONS } from '../../src/cli/options/doctor.js';
import type { OptionTable } from '../../src/cli/options/definition.js';
import { LOCALNET_OPTIONS } from '../../src/cli/options/localnet.js';
import { MINER_OPTIONS } from '../../src/cli/options/miner.js';
import { REGISTER_OPTIONS } from '../../src/cli/options/register.js';
import { resolveOptions } from '../../src/cli/options/resolve.js';
import { SELF_CHECK_OPTIONS } from '../../src/cli/options/self-check.js';
import { STATUS_OPTIONS } from '../../src/cli/options/status.js';
import { VALIDATOR_OPTIONS } from '../../src/cli/options/validator.js';
import { VERIFY_REPORT_OPTIONS } from '../../src/cli/options/verify-report.js';
import * as WALLET from '../../src/cli/options/wallet.js';

const root = join(import.meta.dirname, '..', '..');
const TABLES: Readonly<Record<string, OptionTable>> = {
  miner: MINER_OPTIONS,
  validator: VALIDATOR_OPTIONS,
  localnet: LOCALNET_OPTIONS,
  demo: DEMO_OPTIONS,
  'miner self-check': SELF_CHECK_OPTIONS,
  'miner status': STATUS_OPTIONS,
  'validator explain': EXPLAIN_OPTIONS,
  'verify-report': VERIFY_REPORT_OPTIONS,
  doctor: DOCTOR_OPTIONS,
  'dataset check': CHECK_OPTIONS,
  'dataset synth': SYNTH_OPTIONS,
  'dataset download': DOWNLOAD_OPTIONS,
  register: REGISTER_OPTIONS,
  'wallet create': WALLET.CREATE_OPTIONS,
  'wallet new-hotkey': WALLET.NEW_HOTKEY_OPTIONS,
  'wallet regen-hotkey': WALLET.REGEN_HOTKEY_OPTIONS,
  'wallet new-coldkey': WALLET.NEW_COLDKEY_OPTIONS,
  'wallet regen-coldkey': WALLET.REGEN_COLDKEY_OPTIONS,
  'wallet list': WALLET.LIST_OPTIONS,
  'wallet password-variable': WALLET.PASSWORD_VARIABLE_OPTIONS,
};
const namesOf = (table: OptionTable) =>
  Object.values(table).flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
const defaultOf = (table: OptionTable, flag: string) =>
  Object.values(table).find(({ name, aliases }) => name === flag || aliases?.includes(flag))?.fallback;

/** Every `healthtensor <command> --flags` of a text, continued lines joined. */
function commandsIn(text: string): { command: string; flags: string[] }[] {
  const lines = text.replaceAll(/\\\n\s*/g, '');
  return [
    ...lines.matchAll(
      /healthtensor ((?:dataset |wallet |miner (?=status|self-check)|validator (?=explain))?[a-z-]+)([^\n`]*)/g,
    ),
  ].flatMap(([, command = '', rest = '']) =>
    command in TABLES
      ? [{ command, flags: [...rest.matchAll(/--([a-z_.]+)/g)].map(([, flag = '']) => flag) }]
      : [],
  );
}

describe('the documents', () => {
  const documents = [
    'README.md',
    ...readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  ];
  test.each(documents)('name only commands and flags that exist: %s', (document) => {
    for (const { command, flags } of commandsIn(readFileSync(join(root, document), 'utf8'))) {
      const known = [...namesOf(TABLES[command] ?? {}), 'config', 'help'];
      expect({ command, unknown: flags.filter((flag) => !known.includes(flag)) }).toEqual({
        command,
        unknown: [],
      });
    }
  });

  test('show commands at all, so that the check above means something', () => {
    const found = commandsIn(readFileSync(join(root, 'README.md'), 'utf8')).map(({ command }) => command);
    expect(found).toEqual(
      expect.arrayContaining([
        'miner',
        'validator',
        'localnet',
        'register',
        'dataset download',
        'dataset synth',
        'wallet create',
      ]),
    );
  });
});

describe("the original's flags", () => {
  test.each([
    ['netuid', '31'],
    ['subtensor.network', 'finney'],
    ['subtensor.chain_endpoint', undefined],
    ['wallet.name', 'default'],
    ['wallet.hotkey', 'default'],
    ['wallet.path', '~/.bittensor/wallets'],
    ['logging.debug', 'False'],
    ['logging.trace', 'False'],
    ['logging.logging_dir', undefined],
    ['device', 'gpu'],
  ])('--%s is known to miner and validator and defaults to %s', (flag, fallback) => {
    for (const table of [MINER_OPTIONS, VALIDATOR_OPTIONS]) {
      expect(namesOf(table)).toContain(flag);
      expect(defaultOf(table, flag)).toBe(fallback);
    }
  });

  test.each([
    ['num_epochs', '-1'],
    ['batch_size', '32'],
    ['save_model_period', '30'],
    ['model_type', 'vgg'],
    ['training_mode', 'normal'],
    ['restart', 'False'],
  ])("the miner's --%s defaults to %s", (flag, fallback) => {
    expect(defaultOf(MINER_OPTIONS, flag)).toBe(fallback);
  });

  test.each([
    ['vpermit_tao_limit', '4096'],
    ['neuron.vpermit_tao_limit', '4096'],
    ['neuron.epoch_length', '300'],
    ['neuron.sample_size', '256'],
    ['neuron.query_time', '10'],
    ['neuron.moving_average_alpha', '0.8'],
    ['neuron.disable_set_weights', 'False'],
  ])("the validator's --%s defaults to %s", (flag, fallback) => {
    expect(defaultOf(VALIDATOR_OPTIONS, flag)).toBe(fallback);
  });
});

test.each(Object.entries(TABLES))('every default of %s is a value that the option takes', (_, table) => {
  expect(() => resolveOptions(table, { flags: {}, environment: {}, dotenv: {} })).not.toThrow();
});

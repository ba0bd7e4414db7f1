import { describe, expect, test } from '@jest/globals';
import { endpointOf, hideKeysIn } from '../../src/chain/endpoints.js';
import { OptionError } from '../../src/common/errors.js';
import { redact } from '../../src/common/log.js';

describe('endpoints', () => {
  test('the names of networks become their addresses', () => {
    expect(endpointOf('finney')).toBe('wss://entrypoint-finney.opentensor.ai:443');
    expect(endpointOf('test')).toBe('wss://test.finney.opentensor.ai:443');
    expect(endpointOf('local')).toBe('ws://127.0.0.1:9944');
  });

  test('an address is kept as it is', () => {
    expect(endpointOf('ws://10.0.0.7:9945/path')).toBe('ws://10.0.0.7:9945/path');
    expect(endpointOf('wss://node.example')).toBe('wss://node.example');
  });

  test.each(['', 'http://node.example', 'ws://', 'ws:// space', 'constructor', 'toString'])(
    '%j is refused with what was expected',
    (network) => {
      expect(() => endpointOf(network)).toThrow(OptionError);
      expect(() => endpointOf(network)).toThrow(
        /Expected finney, test, local or a ws:\/\/ or wss:\/\/ address for --subtensor.network/,
      );
    },
  );

  test('a slip of the finger is met with the right name', () => {
    expect(() => endpointOf('finey')).toThrow(/did you mean "finney"\?/);
  });
});

test('what may be a key in an address is kept out of logs', () => {
  const key = '0123456789abcdef-0123';
  for (const address of [
    `wss://node.example/${key}/ws`,
    `wss://me:${key}@node.example`,
    `wss://node.example?key=${key}`,
  ]) {
    hideKeysIn(address);
    const shown = redact(`The chain at ${address} cannot be reached`);
    expect(shown).not.toContain(key);
    expect(shown).toContain('node.example');
  }
});

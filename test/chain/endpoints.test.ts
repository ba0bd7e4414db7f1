import { describe, expect, test } from '@jest/globals';
import { endpointOf } from '../../src/chain/endpoints.js';
import { OptionError } from '../../src/common/errors.js';

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

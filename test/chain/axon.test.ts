import { describe, expect, test } from '@jest/globals';
import { axonOf } from '../../src/chain/axon.js';

describe('an axon', () => {
  test('has its IPv4 address in dots', () => {
    expect(axonOf({ ip: 0xc0a80001, ipType: 4, port: 80 })).toEqual({ ip: '192.168.0.1', port: 80 });
  });

  test('has its IPv6 address in groups, from as many bits as the chain sends as hex', () => {
    const ip = '0x20010db8000000000000000000000001';
    expect(axonOf({ ip, ipType: 6, port: 80 })).toEqual({ ip: '2001:db8:0:0:0:0:0:1', port: 80 });
  });

  test('is none where nothing was announced, or no port', () => {
    expect(axonOf(undefined)).toBeUndefined();
    expect(axonOf({ ip: 0, ipType: 4, port: 80 })).toBeUndefined();
    expect(axonOf({ ip: 1, ipType: 4, port: 0 })).toBeUndefined();
  });

  test('of another shape is an error that names the node', () => {
    expect(() => axonOf({ ip: 'x', port: 1 })).toThrow(expect.objectContaining({ code: 'CHAIN_BAD_ANSWER' }));
  });
});

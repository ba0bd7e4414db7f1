import { describe, expect, test } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { isPublicAddress, publicLookup, type Resolve } from '../../src/hub/public-address.js';

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.31.255.255',
  '192.168.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::10.0.0.1',
  '2001:0:53aa:64c::1',
  '2002:a00:1::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'ff02::1',
  'not an address',
])('%s is no address of the public internet', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  '1.1.1.1',
  '172.32.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '2001:4860:4860::8888',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
])('%s is one', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

describe('a host name', () => {
  const resolvesTo =
    (...addresses: string[]): Resolve =>
    (_name, _options, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  const look = (name: string, resolve: Resolve, all = false) =>
    new Promise<string | LookupAddress[]>((resolved, failed) => {
      publicLookup(new Set(['hub.example']), resolve)(name, { all }, (error, address) =>
        error ? failed(error) : resolved(address),
      );
    });

  test('that points into this network is not connected to', async () => {
    await expect(look('cdn.example', resolvesTo('127.0.0.1', '10.0.0.1'))).rejects.toMatchObject({
      code: 'EADDRNOTPUBLIC',
    });
  });

  test('is connected to at its public addresses only', async () => {
    const mixed = resolvesTo('10.0.0.1', '1.1.1.1', '::1', '2606:4700::1111');
    expect(await look('cdn.example', mixed)).toBe('1.1.1.1');
    expect(await look('cdn.example', mixed, true)).toEqual([
      { address: '1.1.1.1', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]);
  });

  test('that the operator chose may be anywhere', async () => {
    expect(await look('hub.example', resolvesTo('10.0.0.1'))).toBe('10.0.0.1');
  });

  test('that is not known fails as it does without us', async () => {
    const unknown: Resolve = (_name, _options, done) =>
      done(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }), []);
    await expect(look('cdn.example', unknown)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

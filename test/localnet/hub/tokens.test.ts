import { describe, expect, test } from '@jest/globals';
import { redact } from '../../../src/common/log.js';
import { Tokens } from '../../../src/localnet/hub/tokens.js';

const alice = { token: 'hf_x', user: 'alice', role: 'write' as const };

describe('tokens', () => {
  test('name their holder, and only whole', () => {
    const tokens = new Tokens([alice, { token: 'hf_xy', user: 'bob', role: 'read', orgs: ['clinic'] }]);
    expect(tokens.authenticate('Bearer hf_x')).toEqual({ user: 'alice', role: 'write', orgs: [] });
    expect(tokens.authenticate('bearer hf_xy')).toEqual({ user: 'bob', role: 'read', orgs: ['clinic'] });
    expect(tokens.authenticate(undefined)).toBeUndefined();
    for (const wrong of ['Bearer hf_', 'Bearer hf_xyz', 'Bearer ', '', 'hf_x']) {
      expect(() => tokens.authenticate(wrong)).toThrow('Invalid credentials');
    }
  });

  test('without any, nobody is let in', () => {
    expect(() => new Tokens([]).authenticate('Bearer hf_x')).toThrow('Invalid credentials');
  });

  test('that clients would refuse are refused, without repeating them', () => {
    const secret = 'password123';
    expect(() => new Tokens([{ ...alice, token: secret }])).toThrow(/^(?!.*password123).*hf_/);
    expect(redact(`it is ${secret}`)).toBe('it is [hidden]');
  });

  test('of users and roles that cannot be are refused', () => {
    for (const user of ['', '..', 'a/b', 'datasets', 'a b']) {
      expect(() => new Tokens([{ ...alice, user }])).toThrow('a user of the local hub');
    }
    expect(() => new Tokens([{ ...alice, orgs: ['api'] }])).toThrow('a user of the local hub');
    expect(() => new Tokens([{ ...alice, role: 'admin' as 'write' }])).toThrow('read or write');
  });
});

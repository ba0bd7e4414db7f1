import { describe, expect, test } from '@jest/globals';
import { typedSecret } from '../../../src/chain/wallet/typed-secret.js';
import { redact } from '../../../src/common/log.js';

const PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
const SEED = 'fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e';

describe('what is typed to restore a key', () => {
  test('is words, however they are spaced and spelt, or a seed', () => {
    expect(typedSecret(`  ${PHRASE.replace(' ', ' \t ').toUpperCase()}\n`)).toEqual({ phrase: PHRASE });
    for (const seed of [SEED, `0x${SEED.toUpperCase()} `])
      expect(typedSecret(seed)).toEqual({ seed: Uint8Array.from(Buffer.from(SEED, 'hex')) });
    expect(redact(`${PHRASE}, ${SEED}`)).toBe('[hidden], [hidden]');
  });

  test.each([
    [PHRASE.replace('drive', 'drve').replace('walk', 'wlak'), 'number 2, 12 is no word of the list'],
    [PHRASE.replace('drive', 'obey'), 'the checksum is wrong'],
    ['bottom drive', 'there are 2'],
    ['x', 'there is 1'],
    [SEED.slice(2), 'there is 1'],
    ['', 'there is 1'],
  ])('with a slip is an error that tells its place and none of it: %j', (typed, said) => {
    let message = '';
    try {
      typedSecret(typed);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(said);
    expect(message).not.toMatch(/drive|drve|obey|fac7/);
  });
});

import { expect, test } from '@jest/globals';
import { ansibleParts, openAnsible } from '../../../src/chain/wallet/ansible-vault.js';
import { encryptionOf } from '../../../src/chain/wallet/encryption.js';
import { fernetParts, openFernet } from '../../../src/chain/wallet/fernet.js';
import { readKeyfile } from '../../../src/chain/wallet/keyfile.js';
import { naclParts, openNacl } from '../../../src/chain/wallet/nacl.js';
import { HealthTensorError } from '../../../src/common/errors.js';
import { ANSIBLE, FERNET, FERNET_KEY, NACL, NACL_KEY, PASSWORD, PLAIN } from './fixtures.js';
import { randomIntegers } from '../../support/random-numbers.js';

const PIECES = [
  '{',
  '}',
  '"',
  ':',
  'null',
  '[]',
  '0x',
  '1e999',
  '-1',
  '\\u0000',
  '😀',
  ' ',
  '\n',
  '$NACL',
  '__proto__',
];

/** The bytes with some of them changed, cut out, doubled or put in. */
function damaged(bytes: Buffer, below: (limit: number) => number): Buffer {
  let result = Buffer.from(bytes);
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(result.length + 1);
    const [before, after] = [result.subarray(0, at), result.subarray(at)];
    const piece = PIECES[below(PIECES.length)] ?? '';
    switch (below(5)) {
      case 0:
        result = Buffer.concat([before, Buffer.from([below(256)]), after.subarray(1)]);
        break;
      case 1:
        result = Buffer.concat([before, after.subarray(below(30))]);
        break;
      case 2:
        result = Buffer.concat([before, after.subarray(0, below(40)), after]);
        break;
      case 3:
        result = Buffer.from(before);
        break;
      default:
        result = Buffer.concat([before, Buffer.from(piece), after]);
    }
  }
  return result;
}

/** Reads a keyfile as it would be read, but for the seconds that its password takes. */
async function read(bytes: Buffer): Promise<void> {
  switch (encryptionOf(bytes)) {
    case undefined:
      return void readKeyfile(bytes.toString('utf8'), 'f');
    case 'NaCl':
      return void openNacl(naclParts(bytes, 'f'), NACL_KEY);
    case 'Fernet':
      return void openFernet(fernetParts(bytes, 'f'), FERNET_KEY);
    case 'Ansible Vault':
      return void (await openAnsible(ansibleParts(bytes, 'f'), Buffer.from(PASSWORD)));
  }
}

const ROUNDS = Number(process.env.HEALTHTENSOR_FUZZ_ROUNDS ?? 300);

test.each([
  ['plain', Buffer.from(PLAIN)],
  ['bare words', Buffer.from('bottom drive obey lake curtain smoke basket hold race lonely fit walk')],
  ['NaCl', NACL],
  ['Fernet', FERNET],
  ['Ansible Vault', ANSIBLE],
  ['no', Buffer.alloc(0)],
])('a damaged %s keyfile is read, or is our own error', async (_, original) => {
  const below = randomIntegers(31);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = damaged(original, below);
    try {
      await read(bytes);
    } catch (error) {
      refused += 1;
      if (error instanceof HealthTensorError) continue;
      throw new Error(`round ${round}, ${JSON.stringify(bytes.toString('latin1'))}`, { cause: error });
    }
  }
  expect(refused).toBeGreaterThan(ROUNDS / 20); // it does reach the checks
});

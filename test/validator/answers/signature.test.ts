import { Keyring } from '@polkadot/keyring';
import { signatureVerify } from '@polkadot/util-crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Hotkey } from '../../../src/common/index.js';
import type { RoundReport } from '../../../src/validator/report.js';
import {
  isSignedByValidator,
  type SignedReport,
  signedBytes,
  signReport,
} from '../../../src/validator/answers/signature.js';
import { reportOf } from './report-fixture.js';

const report = (validator: string): RoundReport => ({ ...plain, validator: validator as Hotkey });

let plain: RoundReport;

beforeAll(async () => {
  plain = await reportOf();
});

describe.each(['sr25519', 'ed25519'] as const)('a report signed with a hotkey of type %s', (type) => {
  const pairOf = (uri: string) => new Keyring({ type, ss58Format: 42 }).addFromUri(uri);

  test('is valid as it was written, also when it was parsed from a file with other blanks and another order', async () => {
    const pair = pairOf('//Alice');
    const signed = signReport(report(pair.address), pair);
    expect(signed.signature.scheme).toBe(type);
    expect(await isSignedByValidator(signed)).toBe(true);
    const reordered = Object.fromEntries(Object.entries(signed).reverse());
    expect(await isSignedByValidator(JSON.parse(JSON.stringify(reordered, null, 3)) as SignedReport)).toBe(
      true,
    );
  });

  test('is valid for the tools of Substrate, which know nothing of us', () => {
    const pair = pairOf('//Alice');
    const { signature, ...rest } = signReport(report(pair.address), pair);
    expect(signatureVerify(signedBytes(rest), signature.value, pair.address)).toMatchObject({
      isValid: true,
      crypto: type,
    });
  });

  test('is not valid with a number changed, another name, a foreign or a cut signature', async () => {
    const pair = pairOf('//Alice');
    const signed = signReport(report(pair.address), pair);
    const foreign = signReport(report(pair.address), pairOf('//Bob'));
    const cut = { ...signed.signature, value: signed.signature.value.slice(0, -2) };
    for (const wrong of [
      { ...signed, block: 1201 },
      { ...signed, validator: pairOf('//Bob').address as Hotkey },
      { ...signed, validator: 'nobody' as Hotkey },
      { ...signed, note: 'added' },
      foreign,
      { ...signed, signature: cut },
    ]) {
      expect(await isSignedByValidator(wrong)).toBe(false);
    }
  });
});

import { type Check, failed } from './check.js';
import { isSignedByValidator, type SignedReport } from './signature.js';

/** The line about a report that the hotkey which it names did not sign; undefined for one that it did. */
export async function forgeryCheck(report: SignedReport, check = 'report'): Promise<Check | undefined> {
  if (await isSignedByValidator(report)) return undefined;
  const { block, netuid, validator } = report;
  return failed(
    check,
    'BAD_SIGNATURE',
    `round ${block} of subnet ${netuid} by validator ${validator}: the signature is not the validator's`,
    "Believe nothing in it: it was changed, or never was the validator's. Ask for the file again.",
  );
}

import { cryptoWaitReady, ed25519Verify, sr25519Verify } from '@polkadot/util-crypto';
import { publicKeyOf } from '../../chain/index.js';
import type { RoundReport } from '../report.js';
import { canonicalJson } from './canonical-json.js';

/** A hotkey's signature of a report. */
export interface ReportSignature {
  readonly scheme: 'sr25519' | 'ed25519';
  /** 64 bytes as 0x hex. */
  readonly value: string;
}

/** What a validator writes and publishes of a round. */
export type SignedReport = RoundReport & { readonly signature: ReportSignature };

/** The validator's hotkey, as far as signing goes. */
export interface ReportSigner {
  readonly type: string;
  sign(message: Uint8Array): Uint8Array;
}

/**
 * The bytes that are signed: the report without its signature as canonical JSON, behind a line that says what it is, in
 * the <Bytes> that Substrate's tools put around texts so that no signature of one is ever valid for a transaction.
 */
export function signedBytes(report: RoundReport): Uint8Array {
  const { signature: _, ...rest } = report as RoundReport & { signature?: unknown };
  return Buffer.from(`<Bytes>HealthTensor round report\n${canonicalJson(rest)}</Bytes>`);
}

/** The report with the signature of `signer`, whose address is to be the report's `validator`. */
export function signReport(report: RoundReport, signer: ReportSigner): SignedReport {
  const scheme = signer.type === 'ed25519' ? 'ed25519' : 'sr25519';
  const value = `0x${Buffer.from(signer.sign(signedBytes(report))).toString('hex')}`;
  return { ...report, signature: { scheme, value } };
}

/** Whether the report, byte for byte, was signed by the hotkey that it names as its validator. */
export async function isSignedByValidator(report: SignedReport): Promise<boolean> {
  await cryptoWaitReady();
  const { scheme, value } = report.signature;
  const verify = scheme === 'ed25519' ? ed25519Verify : sr25519Verify;
  if (!/^0x[0-9a-f]{128}$/.test(value)) return false;
  try {
    return verify(signedBytes(report), Buffer.from(value.slice(2), 'hex'), publicKeyOf(report.validator));
  } catch {
    return false; // the validator's address is none, or the text cannot have been signed
  }
}

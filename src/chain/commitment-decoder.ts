import type { CommitmentLayout } from './commitment-layout.js';
import { BadBytes, StoredBytes } from './stored-bytes.js';

/** One field of a commitment (pallet_commitments Data), as far as this version knows its kind. */
export type CommitmentField =
  | { readonly kind: 'none' | 'reset-bonds' }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }
  | { readonly kind: 'hash'; readonly algorithm: string; readonly bytes: Uint8Array }
  /** Nobody can read it before that round of drand; `failed`: the chain could not open it then. */
  | {
      readonly kind: 'timelocked';
      readonly encrypted: Uint8Array;
      readonly revealRound: bigint;
      readonly failed: boolean;
    }
  /** Of a kind that this version does not know; what stands behind it is not read. */
  | { readonly kind: 'unknown'; readonly name: string };

/**
 * What kind of commitment it is: `text` and `binary` are one raw field, UTF-8 or not; `hash`, `timelocked`,
 * `reset-bonds`, `empty` and `unknown` are one field of that kind, `several` any number above one; `revealed` was
 * timelocked until the chain opened it; `damaged` are bytes that are no commitment at all.
 */
export type CommitmentStatus =
  | 'text'
  | 'binary'
  | 'empty'
  | 'hash'
  | 'timelocked'
  | 'revealed'
  | 'reset-bonds'
  | 'several'
  | 'unknown'
  | 'damaged';

/** What is read of a stored commitment. */
export interface StoredCommitment {
  /** The block in which it was committed; 0 when it is damaged before there. */
  readonly block: number;
  readonly status: CommitmentStatus;
  /** The text of status `text`; a commitment of any other status has none that counts. */
  readonly text: string | undefined;
  /** Half a sentence for people: what it is. */
  readonly detail: string;
  readonly fields: readonly CommitmentField[];
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a stored commitment (CommitmentOf), whatever a stranger put there. Never throws. */
export function readCommitment(bytes: Uint8Array, layout: CommitmentLayout): StoredCommitment {
  const reader = new StoredBytes(bytes);
  let block = 0;
  return undamaged(
    () => {
      reader.skip(layout.block.at);
      block = Number(reader.integer(layout.block.size));
      reader.skip(layout.fieldsAt - layout.block.at - layout.block.size);
      return { block, ...judged(readFields(reader, layout.kinds)) };
    },
    () => block,
  );
}

/**
 * Reads what the chain opened of an account (RevealedCommitments: the last ten, each with the block of its opening).
 * None has a text that counts: nobody could read it while it stood on chain as a commitment. Never throws.
 */
export function readReveals(bytes: Uint8Array): StoredCommitment {
  const reader = new StoredBytes(bytes);
  return undamaged(() => {
    let last: { bytes: Uint8Array; block: number } | undefined;
    for (let left = reader.compact(); left > 0; left -= 1) {
      last = { bytes: reader.take(reader.compact()), block: Number(reader.integer(8)) };
    }
    if (last === undefined || reader.left > 0) throw new BadBytes('nothing, or bytes are left over');
    return {
      block: last.block,
      status: 'revealed',
      text: undefined,
      detail: `it was timelocked, and opened by the chain in block ${last.block}`,
      fields: [{ kind: 'raw', bytes: last.bytes }],
    };
  });
}

function undamaged(read: () => StoredCommitment, block: () => number = () => 0): StoredCommitment {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadBytes)) throw error;
    const detail = `its bytes are no commitment: ${error.message}`;
    return { block: block(), status: 'damaged', text: undefined, detail, fields: [] };
  }
}

/** All fields; those behind one of an unknown kind cannot be told apart, so that it is the last. */
function readFields(reader: StoredBytes, kinds: ReadonlyMap<number, string>): CommitmentField[] {
  const count = reader.compact();
  const fields: CommitmentField[] = [];
  while (fields.length < count) {
    const field = readField(reader, kinds);
    fields.push(field);
    if (field.kind === 'unknown') return fields;
  }
  if (reader.left > 0) throw new BadBytes(`${reader.left} bytes are left over`);
  return fields;
}

function readField(reader: StoredBytes, kinds: ReadonlyMap<number, string>): CommitmentField {
  const variant = reader.byte();
  const name = kinds.get(variant) ?? `number ${variant}`;
  const raw = /^Raw(\d{1,3})$/.exec(name)?.[1];
  if (raw !== undefined) return { kind: 'raw', bytes: reader.take(Number(raw)) };
  switch (name) {
    case 'None':
      return { kind: 'none' };
    case 'ResetBondsFlag':
      return { kind: 'reset-bonds' };
    case 'BigRaw':
      return { kind: 'raw', bytes: reader.take(reader.compact()) };
    case 'BlakeTwo256':
    case 'Sha256':
    case 'Keccak256':
    case 'ShaThree256':
      return { kind: 'hash', algorithm: name, bytes: reader.take(32) };
    case 'TimelockEncrypted':
    case 'TimelockRevealFailed':
      return {
        kind: 'timelocked',
        encrypted: reader.take(reader.compact()),
        revealRound: reader.integer(8),
        failed: name === 'TimelockRevealFailed',
      };
    default:
      return { kind: 'unknown', name };
  }
}

function judged(fields: readonly CommitmentField[]): Omit<StoredCommitment, 'block'> {
  const [field, ...others] = fields;
  if (field === undefined) return { status: 'empty', text: undefined, detail: 'it has no field', fields };
  if (others.length === 0) return { ...judgedField(field), fields };
  const detail = `it has ${fields.length} fields, not one of text`;
  return { status: 'several', text: undefined, detail, fields };
}

function judgedField(field: CommitmentField): Pick<StoredCommitment, 'status' | 'text' | 'detail'> {
  const text = undefined;
  switch (field.kind) {
    case 'none':
      return { status: 'empty', text, detail: 'its field is empty' };
    case 'reset-bonds':
      return { status: 'reset-bonds', text, detail: 'it only asks the chain to reset bonds' };
    case 'hash':
      return { status: 'hash', text, detail: `it is only a hash (${field.algorithm})` };
    case 'timelocked': {
      const failed = 'it was timelocked, and the chain could not open it';
      const waits = `it is timelocked until round ${field.revealRound} of drand`;
      return { status: 'timelocked', text, detail: field.failed ? failed : waits };
    }
    case 'unknown':
      return { status: 'unknown', text, detail: `its field is of an unknown kind (${field.name})` };
    case 'raw':
      return judgedBytes(field.bytes);
  }
}

function judgedBytes(bytes: Uint8Array): Pick<StoredCommitment, 'status' | 'text' | 'detail'> {
  try {
    return { status: 'text', text: UTF8.decode(bytes), detail: 'it is a text' };
  } catch {
    return { status: 'binary', text: undefined, detail: `it is ${bytes.length} bytes that are no UTF-8` };
  }
}

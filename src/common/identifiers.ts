/** Strings that were checked once, at the edge, and carry their kind in their type from then on. */
declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** SS58 address (prefix 42) of the key that signs for a miner or validator. */
export type Hotkey = Branded<string, 'Hotkey'>;
/** SS58 address of the key that owns the stake; its secret is never on the machine that runs. */
export type Coldkey = Branded<string, 'Coldkey'>;
/** Slot of a neuron on a subnet; it changes hands, so it is never a key of stored state. */
export type Uid = Branded<number, 'Uid'>;
/** `namespace/name` on the Hub. */
export type RepoId = Branded<string, 'RepoId'>;
/** Commit id on the Hub: 40 lower-case hex digits. */
export type Revision = Branded<string, 'Revision'>;
/** Commitment digest: unpadded base64url of 32 bytes, 43 characters. */
export type Digest = Branded<string, 'Digest'>;

const REPO_PART = /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9_])?$/;

/**
 * A Hub repository id, or undefined when the text is none. Stricter than the Hub: it comes from the chain, that is
 * from a stranger, and ends up in a URL.
 */
export function parseRepoId(text: string): RepoId | undefined {
  const parts = text.split('/');
  const sound = (part: string) =>
    part.length <= 96 &&
    REPO_PART.test(part) &&
    !part.includes('--') &&
    !part.includes('..') &&
    !part.endsWith('.git');
  return parts.length === 2 && parts.every(sound) ? (text as RepoId) : undefined;
}

/** A Hub commit id, or undefined: branch names, short ids and upper case are refused. */
export function parseRevision(text: string): Revision | undefined {
  return /^[0-9a-f]{40}$/.test(text) ? (text as Revision) : undefined;
}

/** A commitment digest, or undefined. */
export function parseDigest(text: string): Digest | undefined {
  return /^[A-Za-z0-9_-]{43}$/.test(text) ? (text as Digest) : undefined;
}

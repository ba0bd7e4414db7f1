import { createHash, timingSafeEqual } from 'node:crypto';
import { HealthTensorError, OptionError } from '../../common/errors.js';
import { hideSecret } from '../../common/log.js';
import { Refusal } from './http/refusal.js';
import { isNamespace } from './names.js';

/** A token of the local hub and what its holder may do. */
export interface TokenSettings {
  /** Begins with `hf_`, as the official clients demand. */
  readonly token: string;
  readonly user: string;
  readonly role: 'read' | 'write';
  /** Namespaces besides the user's own that the holder belongs to. */
  readonly orgs?: readonly string[];
}

/** Who sends a request. */
export interface Account {
  readonly user: string;
  readonly role: 'read' | 'write';
  readonly orgs: readonly string[];
}

/** The tokens of a hub, kept as hashes. */
export class Tokens {
  readonly #accounts: { hash: Buffer; account: Account }[];

  /** Throws OptionError or HealthTensorError BAD_OPTION for a token, user or role that cannot be. */
  constructor(tokens: readonly TokenSettings[]) {
    this.#accounts = tokens.map((each) => {
      hideSecret(each.token);
      if (!/^hf_[\w-]{1,200}$/.test(each.token)) {
        // The token itself is a secret and stays out of the message.
        throw new HealthTensorError(
          'BAD_OPTION',
          `Expected hf_ and letters or digits for the token of ${each.user}`,
        );
      }
      for (const name of [each.user, ...(each.orgs ?? [])]) {
        if (!isNamespace(name))
          throw new OptionError('a user of the local hub', 'a name such as alice', name);
      }
      if (!['read', 'write'].includes(each.role)) {
        throw new OptionError('the role of a token', 'read or write', each.role);
      }
      return {
        hash: hashOf(each.token),
        account: { user: each.user, role: each.role, orgs: each.orgs ?? [] },
      };
    });
  }

  /** Who an Authorization header belongs to; undefined for none; a header nobody has is refused with 401. */
  authenticate(authorization: string | undefined): Account | undefined {
    if (authorization === undefined) return undefined;
    const given = hashOf(/^Bearer (\S+)$/i.exec(authorization)?.[1] ?? '');
    let found: Account | undefined;
    // Every token is compared, each in constant time: the time taken says nothing about any of them.
    for (const { hash, account } of this.#accounts) if (timingSafeEqual(hash, given)) found = account;
    if (found === undefined) throw new Refusal(401, 'Invalid credentials in Authorization header');
    return found;
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

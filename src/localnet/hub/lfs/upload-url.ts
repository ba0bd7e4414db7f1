import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { LfsObject } from './pointer.js';

/** What one upload URL allows: these bytes, into this repository. */
export interface UploadGrant extends LfsObject {
  readonly type: string;
  /** `namespace/name`. */
  readonly repo: string;
  /** The repository's own id, so that a URL dies with the repository even when another takes its name. */
  readonly repoKey: string;
}

/** Upload URLs that need no token, as clients send none there: signed, and good for a while only. */
export class UploadUrls {
  // Of this process: a restart ends every upload, and with it every URL.
  readonly #secret = randomBytes(32);
  readonly #now: () => Date;
  readonly #lifetimeMs: number;

  constructor(now: () => Date, lifetimeMs: number) {
    this.#now = now;
    this.#lifetimeMs = lifetimeMs;
  }

  /** Path and query of the URL. */
  sign(grant: UploadGrant): string {
    const expires = String(this.#now().getTime() + this.#lifetimeMs);
    const query = new URLSearchParams({
      size: String(grant.size),
      expires,
      signature: this.#signature(grant, expires).toString('base64url'),
    });
    return `/_lfs/${grant.type}/${grant.repo}/${grant.oid}?${query.toString()}`;
  }

  /** True when this hub signed the grant with this expiry and it has not passed. */
  allows(grant: UploadGrant, expires: string, signature: string): boolean {
    const given = Buffer.from(signature, 'base64url');
    const right = this.#signature(grant, expires);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return false;
    return Number(expires) >= this.#now().getTime();
  }

  #signature(grant: UploadGrant, expires: string): Buffer {
    const text = [grant.type, grant.repo, grant.repoKey, grant.oid, String(grant.size), expires].join('\n');
    return createHmac('sha256', this.#secret).update(text).digest();
  }
}

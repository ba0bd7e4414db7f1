import { setTimeout as pause } from 'node:timers/promises';
import { HealthTensorError } from '../common/errors.js';
import type { Log } from '../common/log.js';
import { askedWaitMs, waitMs } from './backoff.js';
import { HubMisbehaved, HubUnreachable, networkFailure, showUrl } from './failures.js';
import { guardBody } from './guard-body.js';
import type { HubLimits } from './limits.js';
import { isEndpoint, mayDownloadFrom, mayUploadTo, type OriginPolicy } from './origin-policy.js';

export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  /** 'file': any size, but a minimum pace. 'answer' (the default): small, and complete within a time. */
  readonly expect?: 'file' | 'answer';
  /** May be sent again after a failure; by default only GET and HEAD may. */
  readonly repeatable?: boolean;
}

export interface TransportSettings {
  readonly policy: OriginPolicy;
  readonly limits: HubLimits;
  readonly fetch: typeof fetch;
  readonly log: Log;
  readonly wait?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The one door to the network: every request of this folder, and of the hub client library, goes through `send`. */
export class Transport {
  readonly #settings: TransportSettings;
  /** Until when the hub wants to be left alone (performance.now), and its words. */
  #quiet: { readonly until: number; readonly because: HubUnreachable } | undefined;

  constructor(settings: TransportSettings) {
    this.#settings = settings;
  }

  /**
   * Sends a request under all rules and returns any answer below 500 but 429; its `url` is who gave it, after redirects.
   * Rejects with HubUnreachable (after the
   * attempts allowed), HubMisbehaved, or the signal's reason.
   */
  async send(url: string | URL, init: RequestInit = {}, o: SendOptions = {}): Promise<Response> {
    const { limits, log } = this.#settings;
    const repeatable = o.repeatable ?? reads(init);
    await this.#keepQuiet(o.signal);
    for (let attempt = 1; ; attempt++) {
      o.signal?.throwIfAborted();
      const outcome = await this.#once(new URL(url), init, o);
      if (!(outcome instanceof HubUnreachable)) return outcome;
      if (!repeatable || attempt >= limits.attempts) throw outcome;
      const ms = waitMs(attempt, outcome.retryAfterMs, limits, Math.random());
      if (ms === undefined) throw outcome;
      if (outcome.rateLimited) this.#quiet = { until: performance.now() + ms, because: outcome };
      log.debug(
        `${outcome.message}; attempt ${attempt} of ${limits.attempts}, again in ${Math.round(ms)} ms`,
      );
      await this.#waitBecause(outcome, ms, o.signal);
    }
  }

  /** A rate limit holds for all requests, not only for the one that was told of it. */
  async #keepQuiet(signal?: AbortSignal): Promise<void> {
    const ms = (this.#quiet?.until ?? 0) - performance.now();
    if (this.#quiet === undefined || ms <= 0) return;
    await this.#waitBecause(this.#quiet.because, ms, signal);
  }

  async #waitBecause(failure: HubUnreachable, ms: number, signal?: AbortSignal): Promise<void> {
    try {
      await this.wait(ms, signal);
    } catch (error) {
      // A deadline that passes while the hub makes us wait is the hub's doing: its failure says more.
      throw error instanceof HubUnreachable ? failure : error;
    }
    if (this.#quiet?.because === failure) this.#quiet = undefined;
  }

  /** Waits; rejects with the signal's reason. */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.#settings.wait !== undefined) return this.#settings.wait(ms, signal);
    try {
      await pause(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** `fetch` for the hub client library: the same rules, stopped by `signal`. */
  asFetch(signal?: AbortSignal): typeof fetch {
    return (input, init) => {
      const url = input instanceof Request ? input.url : input;
      return this.send(url, init, { signal: signal ?? init?.signal ?? undefined });
    };
  }

  async #once(url: URL, init: RequestInit, o: SendOptions): Promise<Response | HubUnreachable> {
    const { policy } = this.#settings;
    try {
      const { response, from } = await this.#follow(url, init, o.signal);
      if (response.status === 429 || response.status >= 500) {
        await response.body?.cancel();
        const retryAfterMs = askedWaitMs(response.headers, Date.now());
        const asks =
          retryAfterMs === undefined ? '' : ` and asks to wait ${Math.ceil(retryAfterMs / 1000)} s`;
        // Elsewhere, or when broken, it speaks of one file: its uploader shall not keep us from all others.
        const rateLimited = response.status === 429 && retryAfterMs !== undefined && isEndpoint(policy, from);
        const detail = `${showUrl(from)} answers ${response.status}${asks}`;
        return new HubUnreachable(detail, { retryAfterMs, rateLimited });
      }
      const body = response.body === null ? null : await this.#guarded(response.body, from, o);
      const { status, statusText, headers } = response;
      const guarded = new Response(body, { status, statusText, headers: [...headers] });
      // A response made by hand has no address; the client library quotes it in its errors.
      return Object.defineProperty(guarded, 'url', { value: showUrl(from) });
    } catch (error) {
      if (o.signal?.aborted) throw o.signal.reason;
      const failure = error instanceof HealthTensorError ? error : networkFailure(error, url);
      if (failure instanceof HubUnreachable) return failure;
      throw failure;
    }
  }

  /** A file's body as it comes; an answer is small, and read here: one that breaks off counts as an attempt like any other. */
  async #guarded(
    body: ReadableStream<Uint8Array>,
    url: URL,
    o: SendOptions,
  ): Promise<ReadableStream<Uint8Array> | ArrayBuffer> {
    const { limits } = this.#settings;
    if (o.expect === 'file') {
      const pace = { bytesPerSecond: limits.minimumBytesPerSecond, windowMs: limits.rateWindowMs };
      return guardBody(body, { url, signal: o.signal, pace });
    }
    const rules = { maxBytes: limits.answerBytes, deadlineMs: limits.answerMs };
    return await new Response(guardBody(body, { url, signal: o.signal, ...rules })).arrayBuffer();
  }

  /** Follows redirects within the policy; the token never leaves the hub's own origin, nor returns once dropped. */
  async #follow(
    start: URL,
    init: RequestInit,
    signal?: AbortSignal,
  ): Promise<{ response: Response; from: URL }> {
    const { policy, limits } = this.#settings;
    const headers = new Headers(init.headers);
    headers.set('accept-encoding', 'identity');
    const allowed = reads(init) ? isEndpoint(policy, start) : mayUploadTo(policy, start);
    if (!allowed)
      throw new HubMisbehaved('redirect', `The hub names ${showUrl(start)}, which is not allowed`);
    let url = start;
    for (let hop = 0; ; hop++) {
      if (!isEndpoint(policy, url)) headers.delete('authorization');
      const request = { ...init, headers, redirect: 'manual' as const, ...(signal ? { signal } : {}) };
      const response = await this.#settings.fetch(url, request);
      if (!REDIRECTS.has(response.status)) {
        const encoding = response.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
        if (encoding === 'identity' || encoding === '') return { response, from: url };
        await response.body?.cancel();
        throw new HubMisbehaved(
          'encoding',
          `${showUrl(url)} answers encoded (${encoding.slice(0, 20)}) though asked not to`,
        );
      }
      await response.body?.cancel();
      url = this.#target(response, url, init, hop >= limits.redirects);
    }
  }

  #target(response: Response, from: URL, init: RequestInit, last: boolean): URL {
    const location = response.headers.get('location') ?? '';
    if (!URL.canParse(location, from.href))
      throw new HubMisbehaved('redirect', `${showUrl(from)} redirects to nowhere`);
    const target = new URL(location, from);
    if (!reads(init)) {
      const detail = `${showUrl(from)} redirects a change to ${showUrl(target)}; was the repository renamed?`;
      throw new HubMisbehaved('redirect', detail);
    }
    if (last) throw new HubMisbehaved('redirect', `${showUrl(from)} is one redirect too many`);
    if (!mayDownloadFrom(this.#settings.policy, target)) {
      throw new HubMisbehaved(
        'redirect',
        `${showUrl(from)} redirects to ${showUrl(target)}, which is not allowed`,
      );
    }
    return target;
  }
}

function reads(init: RequestInit): boolean {
  return init.method === undefined || init.method === 'GET' || init.method === 'HEAD';
}

import type { HubConnection } from './connection.js';
import { HubMisbehaved, hubDenied, showUrl } from './failures.js';

/** The hub's answer as JSON, not yet checked, or its refusal. */
export type Answer =
  | { readonly ok: true; readonly body: unknown; readonly headers: Headers }
  | { readonly ok: false; readonly status: number; readonly code: string; readonly message: string };

export interface Question {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly json?: unknown;
  /** For a POST or PUT that may be sent twice. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the hub's API. `path` begins with a slash and is already safe to be a URL.
 * @throws HubUnreachable, HubMisbehaved (no JSON), HealthTensorError HUB_DENIED when the hub does not know our token
 */
export async function ask(hub: HubConnection, path: string, question: Question = {}): Promise<Answer> {
  const { method = 'GET', json, signal } = question;
  const headers: Record<string, string> = { accept: 'application/json', ...authorization(hub) };
  if (json !== undefined) headers['content-type'] = 'application/json';
  const url = hub.endpoint + path;
  const response = await hub.transport.send(
    url,
    { method, headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) },
    { signal, repeatable: question.repeatable ?? method === 'GET' },
  );
  const text = await response.text();
  if (!response.ok) {
    const code = (response.headers.get('x-error-code') ?? '').slice(0, 40);
    const message = (response.headers.get('x-error-message') ?? text).slice(0, 200);
    // A 401 that names the repository hides that it is private or missing; any other is about our token.
    const aboutRepo =
      (code === 'RepoNotFound' || code === 'GatedRepo') && !/invalid credentials/i.test(message);
    if (response.status === 401 && hub.token !== undefined && !aboutRepo)
      throw hubDenied('it does not accept our token');
    return { ok: false, status: response.status, code, message };
  }
  try {
    return { ok: true, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
  } catch {
    throw new HubMisbehaved('answer', `${showUrl(url)} answers no JSON`);
  }
}

/** The header that carries our token, or nothing. */
export function authorization(hub: HubConnection): Record<string, string> {
  return hub.token === undefined ? {} : { authorization: `Bearer ${hub.token}` };
}

/** The own property of something that may be no object at all. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

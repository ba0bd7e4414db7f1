import { startLocalHub, type LocalHubSettings } from '../../../src/localnet/hub/index.js';

export const ALICE = 'hf_aliceAliceAlice';
export const ALICE_READ = 'hf_aliceReadsOnly';
export const BOB = 'hf_bobBobBobBobBob';

/** Runs `body` against a hub in a temporary folder with the users alice (writing and reading token) and bob. */
export async function withHub<T>(
  body: (url: string) => Promise<T>,
  settings: Partial<LocalHubSettings> = {},
): Promise<T> {
  const hub = await startLocalHub({
    port: 0,
    tokens: [
      { token: ALICE, user: 'alice', role: 'write' },
      { token: ALICE_READ, user: 'alice', role: 'read' },
      { token: BOB, user: 'bob', role: 'write' },
    ],
    ...settings,
  });
  try {
    return await body(hub.url);
  } finally {
    await hub.close();
  }
}

/** A request with a JSON body, if any, and a token, if any. */
export function call(
  url: string,
  options: { method?: string; token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Response> {
  const { method = 'GET', token, body, headers } = options;
  return fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Creates a model repository of alice's. */
export async function createModel(
  url: string,
  name = 'xray',
  visibility: 'public' | 'private' = 'public',
): Promise<void> {
  const response = await call(`${url}/api/repos/create`, {
    method: 'POST',
    token: ALICE,
    body: { name, organization: 'alice', visibility },
  });
  if (!response.ok) throw new Error(await response.text());
  await response.arrayBuffer();
}

/** Sends a commit of these lines to alice's model `xray`. */
export function commitLines(
  url: string,
  lines: readonly unknown[],
  options: { name?: string; branch?: string; token?: string; parentCommit?: string } = {},
): Promise<Response> {
  const { name = 'xray', branch = 'main', token = ALICE, parentCommit } = options;
  const header = { key: 'header', value: { summary: 'a commit', parentCommit } };
  return fetch(`${url}/api/models/alice/${name}/commit/${branch}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson' },
    body: [header, ...lines].map((line) => JSON.stringify(line)).join('\n'),
  });
}

/** A `file` line of a commit. */
export function fileLine(path: string, text: string): unknown {
  return {
    key: 'file',
    value: { path, content: Buffer.from(text).toString('base64'), encoding: 'base64' },
  };
}

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** Answers one request; `undefined` answers nothing at all, an Error becomes the JSON-RPC error of its `cause`. */
export type Answer = (params: readonly unknown[], client: WebSocket) => unknown;

/** A WebSocket server that answers by script: for what a healthy chain does not do. */
export interface ScriptedNode {
  readonly url: string;
  readonly port: number;
  /** Methods in the order in which they were asked. */
  readonly asked: string[];
  readonly answers: Map<string, Answer>;
  /** Tells every client of a subscription's news. */
  notify(subscription: string, result: unknown): void;
  /** Cuts every connection as a crash would. */
  cut(): void;
  close(): Promise<void>;
}

export async function scriptedNode(answers: Record<string, Answer>, port = 0): Promise<ScriptedNode> {
  const server = new WebSocketServer({ port, host: '127.0.0.1' });
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  const node: ScriptedNode = {
    url: `ws://127.0.0.1:${bound}`,
    port: bound,
    asked: [],
    answers: new Map(Object.entries(answers)),
    notify: (subscription, result) => {
      for (const client of server.clients) {
        client.send(JSON.stringify({ jsonrpc: '2.0', method: 'news', params: { subscription, result } }));
      }
    },
    cut: () => {
      for (const client of server.clients) client.terminate();
    },
    close: async () => {
      node.cut();
      server.close();
      await once(server, 'close');
    },
  };
  server.on('connection', (client) => {
    client.on('message', (bytes: Buffer) => {
      const { id, method, params } = JSON.parse(bytes.toString()) as {
        id: number;
        method: string;
        params: unknown[];
      };
      node.asked.push(method);
      const answer = node.answers.get(method);
      const result = answer === undefined ? refuse(-32601, 'Method not found') : answer(params, client);
      if (result === undefined || client.readyState !== WebSocket.OPEN) return;
      client.send(
        JSON.stringify({
          jsonrpc: '2.0',
          id,
          ...(result instanceof Refusal ? { error: result.error } : { result }),
        }),
      );
    });
  });
  return node;
}

class Refusal {
  constructor(readonly error: { code: number; message: string; data?: unknown }) {}
}

/** A JSON-RPC error as an answer. */
export function refuse(code: number, message: string, data?: unknown): Refusal {
  return new Refusal({ code, message, ...(data === undefined ? {} : { data }) });
}

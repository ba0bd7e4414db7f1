import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/**
 * What to do with a request: pass it on; never answer; keep it, to be passed on by `release`; lose it and cut; pass it on
 * and cut before the answer; answer it ourselves.
 */
export type Meddling =
  'pass' | 'swallow' | 'hold' | 'cut' | 'pass-then-cut' | { result: unknown } | { error: unknown };

export interface MeddlingProxy {
  readonly url: string;
  /** Decides about each request, by its method; changeable at any time. */
  meddle: (method: string) => Meddling;
  /** Methods in the order in which they were asked, over all connections. */
  readonly asked: string[];
  /** Resolves when the chain has answered the next request of this kind. */
  answered(method: string): Promise<void>;
  /** Resolves when a request is held that no earlier call has told of. */
  holding(): Promise<void>;
  /** What is held reaches the chain now, whatever became of its sender, and is answered. */
  release(): Promise<void>;
  /** Keeps the news of subscriptions to itself. */
  mute: boolean;
  cut(): void;
  close(): Promise<void>;
}

/** Stands between a client and a chain and loses things at chosen moments. */
export async function meddlingProxy(upstream: string): Promise<MeddlingProxy> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  let held: string[] = [];
  let untold = 0;
  let tell = () => {};
  const expected: { method: string; resolve: () => void }[] = [];
  const proxy: MeddlingProxy = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    meddle: () => 'pass',
    mute: false,
    asked: [],
    answered: (method) => new Promise((resolve) => expected.push({ method, resolve })),
    holding: async () => {
      if (untold === 0) await new Promise<void>((resolve) => (tell = resolve));
      untold--;
    },
    release: async () => {
      const chain = new WebSocket(upstream);
      await once(chain, 'open');
      for (const text of held) {
        chain.send(text);
        await once(chain, 'message');
      }
      held = [];
      chain.close();
      await once(chain, 'close');
    },
    cut: () => {
      for (const client of server.clients) client.terminate();
    },
    close: async () => {
      proxy.cut();
      server.close();
      await once(server, 'close');
    },
  };
  server.on('connection', (client) => {
    const chain = new WebSocket(upstream);
    const waiting: string[] = [];
    const methods = new Map<number, string>();
    chain.on('open', () => waiting.splice(0).forEach((text) => chain.send(text)));
    chain.on('error', () => client.terminate());
    chain.on('close', () => client.terminate());
    chain.on('message', (bytes: Buffer) => {
      const text = bytes.toString();
      const { id } = JSON.parse(text) as { id?: number };
      if (client.readyState === WebSocket.OPEN && !(proxy.mute && id === undefined)) client.send(text);
      const index = expected.findIndex(({ method }) => id !== undefined && method === methods.get(id));
      if (index >= 0) expected.splice(index, 1)[0]?.resolve();
    });
    client.on('close', () => {
      // The chain still gets what was passed on: closing, unlike terminating, sends it first.
      if (chain.readyState === WebSocket.OPEN) chain.close();
      else chain.once('open', () => chain.close());
    });
    client.on('message', (bytes: Buffer) => {
      const text = bytes.toString();
      const { id, method } = JSON.parse(text) as { id: number; method: string };
      methods.set(id, method);
      proxy.asked.push(method);
      const what = proxy.meddle(method);
      if (typeof what === 'object') return client.send(JSON.stringify({ jsonrpc: '2.0', id, ...what }));
      if (what === 'swallow') return;
      if (what === 'hold') {
        held.push(text);
        untold++;
        return tell();
      }
      if (what !== 'cut') {
        if (chain.readyState === WebSocket.OPEN) chain.send(text);
        else waiting.push(text);
      }
      if (what !== 'pass') client.terminate();
    });
  });
  return proxy;
}

import { connect, createServer, type Socket } from 'node:net';

/** A door between a client and a server, at which one request, or the answer to one, can be held up. */
export interface Gate {
  readonly url: string;
  /**
   * From now on the first request whose text the pattern finds is held up before it reaches the server, or, with
   * 'answer', its answer before it reaches the client. Resolves when that has happened.
   */
  hold(what: 'request' | 'answer', pattern: RegExp): Promise<void>;
  /** Nothing is held up any more; what is, goes on. */
  release(): void;
  close(): Promise<void>;
}

/** Opens a gate before an http server. */
export async function openGate(target: string): Promise<Gate> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let watch: { what: 'request' | 'answer'; pattern: RegExp; held: () => void } | undefined;
  let waiting: (() => void)[] = [];

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    let request = '';
    client.on('data', (chunk) => {
      request = (request + chunk.toString('latin1')).slice(-16_384);
      const forward = () => void upstream.write(chunk);
      if (watch?.pattern.test(request) !== true) return forward();
      const { what, held } = watch;
      watch = undefined;
      if (what === 'request') {
        waiting.push(forward);
      } else {
        upstream.pause();
        waiting.push(() => upstream.resume());
        forward();
      }
      held();
    });
    upstream.on('data', (chunk) => {
      request = '';
      client.write(chunk);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gate has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    hold: (what, pattern) =>
      new Promise<void>((held) => {
        watch = { what, pattern, held };
      }),
    release: () => {
      watch = undefined;
      const go = waiting;
      waiting = [];
      for (const one of go) one();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

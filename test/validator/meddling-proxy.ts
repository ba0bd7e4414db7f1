import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A hub in front of a hub: repositories of `slow` send their weights a byte a second, those of `huge` say that their
 * weights are a terabyte.
 */
export class MeddlingProxy {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async before(hubUrl: string): Promise<MeddlingProxy> {
    const server = createServer((asked, answer) => {
      const url = asked.url ?? '/';
      const forwarded = request(
        new URL(url, hubUrl),
        { method: asked.method, headers: asked.headers },
        (got) => {
          const isData = url.includes('/resolve/') && url.includes('model.safetensors');
          if (url.includes('/slow/') && isData && asked.method === 'GET') {
            answer.writeHead(got.statusCode ?? 500, got.headers);
            got.resume();
            const drip = setInterval(() => answer.write('x'), 1000);
            answer.on('close', () => clearInterval(drip));
            return;
          }
          if (!url.includes('/huge/')) {
            answer.writeHead(got.statusCode ?? 500, got.headers);
            got.pipe(answer);
            return;
          }
          void got.toArray().then((chunks: Buffer[]) => {
            const text = Buffer.concat(chunks).toString('latin1');
            const inflated = text.replace(
              /("path":"model\.safetensors"[^{}]*"size":|"size":)\d{5,}/g,
              '$11000000000000',
            );
            const { 'content-length': _, ...headers } = got.headers;
            const size = isData ? { 'x-linked-size': '1000000000000' } : {};
            answer.writeHead(got.statusCode ?? 500, { ...headers, ...size });
            answer.end(Buffer.from(inflated, 'latin1'));
          });
        },
      );
      forwarded.on('error', () => answer.destroy());
      asked.pipe(forwarded);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new MeddlingProxy(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

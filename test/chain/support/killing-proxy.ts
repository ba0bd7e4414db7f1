import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that cuts every connection through it at a chosen moment, in the middle of a packet when told so. */
export interface KillingProxy {
  readonly url: string;
  /** Packets that went through, in both directions, since the last arming. */
  readonly packets: number;
  /** How often it has cut. */
  readonly kills: number;
  /** Connections through it that are open. */
  readonly connections: number;
  /** Cuts when packet number `after` (from 1) comes through: before it, or after its first half. */
  arm(after: number, half: boolean): void;
  /** Lets everything pass. */
  disarm(): void;
  close(): Promise<void>;
}

export async function killingProxy(upstream: string): Promise<KillingProxy> {
  const { hostname, port } = new URL(upstream);
  const sockets = new Set<Socket>();
  let armed: { after: number; half: boolean } | undefined;
  let packets = 0;
  let kills = 0;
  const kill = () => {
    kills += 1;
    armed = undefined;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const pipe = (from: Socket, to: Socket) => {
    from.on('data', (bytes: Buffer) => {
      packets += 1;
      if (armed === undefined || packets < armed.after) return void to.write(bytes);
      if (!armed.half) return kill();
      to.write(bytes.subarray(0, bytes.length / 2), kill);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    sockets.add(from);
  };
  const server = createServer((client) => {
    const chain = connect(Number(port), hostname);
    pipe(client, chain);
    pipe(chain, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get packets() {
      return packets;
    },
    get kills() {
      return kills;
    },
    get connections() {
      return sockets.size / 2;
    },
    arm: (after, half) => {
      packets = 0;
      armed = { after, half };
    },
    disarm: () => {
      armed = undefined;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

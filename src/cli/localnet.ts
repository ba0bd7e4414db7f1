import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Command } from 'commander';
import { addOptions, optionsOf } from './options/command.js';
import { LOCALNET_OPTIONS } from './options/localnet.js';
import { logOf } from './options/shared.js';
import { run } from './run.js';

/** `healthtensor localnet` */
export function configure(command: Command): void {
  addOptions(command, LOCALNET_OPTIONS).action(() =>
    run(async (signal) => {
      const options = optionsOf(command, LOCALNET_OPTIONS);
      const { startLocalChain, startLocalHub } = await import('../localnet/index.js');
      const log = logOf(options, 'localnet');
      const own = options.tokens === undefined ? `hf_local${randomBytes(12).toString('hex')}` : undefined;
      const place = (name: string) =>
        options.directory === undefined ? {} : { directory: join(options.directory, name) };
      const hub = await startLocalHub({
        port: options.hubPort,
        tokens: options.tokens ?? [{ token: own ?? '', user: 'local', role: 'write' }],
        log,
        ...place('hub'),
      });
      try {
        const chain = await startLocalChain({
          port: options.chainPort,
          blockMs: options.blockSeconds * 1000,
          beacon: options.beacon ? 'on' : 'silent',
          log,
          genesis: {
            endow: options.endow,
            subnets: [
              {
                netuid: options.netuid,
                tempo: options.tempo,
                weightsRateLimit: options.weightsRateLimit,
                commitReveal: options.commitReveal,
              },
            ],
          },
          ...place('chain'),
        });
        try {
          print(`chain  --subtensor.chain_endpoint ${chain.url}`);
          print(`hub    HF_ENDPOINT=${hub.url}`);
          if (own !== undefined) print(`token  ACCESS_TOKEN=${own} (user local)`);
          print('Ctrl-C stops both.');
          await new Promise<void>((resolve) => {
            if (signal.aborted) resolve();
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        } finally {
          await chain.close();
        }
      } finally {
        await hub.close();
      }
    }),
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

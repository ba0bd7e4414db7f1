import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startCommand, startNode } from '../support/command.js';

const CLIENTS = join(import.meta.dirname, 'clients');

test('official clients, unmodified, talk to `healthtensor localnet`, which prints its addresses and ends at Ctrl-C', async () => {
  const net = startCommand(['localnet', '--chain_port', '0', '--hub_port', '0', '--block_seconds', '0.2']);
  try {
    const chainUrl = await net.sees(/--subtensor\.chain_endpoint (\S+)/);
    const hubUrl = await net.sees(/HF_ENDPOINT=(\S+)/);
    const token = await net.sees(/ACCESS_TOKEN=(\S+)/);

    const polkadot = await startNode(join(CLIENTS, 'polkadot.mjs'), [chainUrl]).ended;
    expect(polkadot).toMatchObject({ code: 0 });
    expect(JSON.parse(polkadot.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      registered: { events: expect.arrayContaining(['subtensorModule.NeuronRegistered']) as unknown },
      again: { error: 'HotKeyAlreadyRegisteredInSubNet' },
      committed: { events: expect.arrayContaining(['commitments.Commitment']) as unknown },
      uid: expect.any(Number) as unknown,
      commitment: { info: { fields: [{ Raw11: 'hello chain' }] } },
      nonce: 1,
    });

    const hub = await startNode(join(CLIENTS, 'hub.mjs'), [hubUrl], { env: { ACCESS_TOKEN: token } }).ended;
    expect(hub).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(hub.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      name: 'local',
      revision: expect.stringMatching(/^[0-9a-f]{40}$/) as unknown,
      files: expect.arrayContaining([
        ['config.json', 7, false],
        ['model.safetensors', 300_000, true],
      ]) as unknown,
      same: true,
      stranger: 401,
    });
  } finally {
    net.kill('SIGINT');
  }
  expect(await net.ended).toMatchObject({ code: 0 });
});

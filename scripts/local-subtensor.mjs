// Makes a subnet on a chain of one's own and puts wallets on it: docs/local-subtensor.md goes through it step by step.
// It speaks to the chain at LOCAL_SUBTENSOR_URL (ws://127.0.0.1:9944) as any client would, and signs with //Alice, whose
// key everybody knows, or with a wallet's coldkey. It is for chains that are worth nothing.
import { parseArgs } from 'node:util';
import { connect, messageOf } from './local-subtensor/chain.mjs';
import { createSubnet } from './local-subtensor/subnet.mjs';
import { createWallets, walletOf } from './local-subtensor/wallets.mjs';
import { fund, register, stake } from './local-subtensor/neurons.mjs';

const USAGE = `node scripts/local-subtensor.mjs COMMAND

  wallets NAME...                            makes wallets with a coldkey and the hotkey default, as plain files
  create-subnet                              creates and starts a subnet of //Alice, and prints its netuid
  fund --wallet.name NAME --tao TAO          sends TAO from //Alice to the wallet's coldkey
  register --netuid N --wallet.name NAME     registers the wallet's hotkey, and prints its uid
  stake --netuid N --wallet.name NAME --tao TAO   stakes the coldkey's TAO on the hotkey

The chain is LOCAL_SUBTENSOR_URL, ws://127.0.0.1:9944 unless it is set; wallets are in BT_WALLET_PATH, or ./wallets.`;

const OPTIONS = {
  netuid: { type: 'string' },
  tao: { type: 'string' },
  'wallet.name': { type: 'string' },
  'wallet.hotkey': { type: 'string', default: 'default' },
  help: { type: 'boolean', default: false },
};

/** The number behind an option, at least `least`. */
function number(values, name, least) {
  const value = Number(values[name]);
  if (values[name] === undefined || !(value >= least)) {
    throw new Error(
      `Expected --${name} with a number from ${least} on but received ${values[name] ?? 'none'}`,
    );
  }
  return value;
}

async function onChain(work) {
  const url = process.env.LOCAL_SUBTENSOR_URL ?? 'ws://127.0.0.1:9944';
  const chain = await connect(url);
  try {
    return await work(chain);
  } finally {
    await chain.close();
  }
}

const COMMANDS = {
  wallets: (_values, names) => createWallets(names),
  'create-subnet': () => onChain(createSubnet),
  fund: (values) => {
    const tao = number(values, 'tao', 0.001);
    return onChain((chain) => fund(chain, walletOf(values), tao));
  },
  register: (values) => {
    const netuid = number(values, 'netuid', 1);
    return onChain((chain) => register(chain, walletOf(values), netuid));
  },
  stake: (values) => {
    const [netuid, tao] = [number(values, 'netuid', 1), number(values, 'tao', 0.01)];
    return onChain((chain) => stake(chain, walletOf(values), netuid, tao));
  },
};

try {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [name = '', ...rest] = positionals;
  if (values.help) {
    console.log(USAGE);
  } else if (!Object.hasOwn(COMMANDS, name)) {
    throw new Error(`Expected a command (${Object.keys(COMMANDS).join(', ')}) but received '${name}'`);
  } else {
    const result = await COMMANDS[name](values, rest);
    if (result !== undefined) console.log(String(result));
  }
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}

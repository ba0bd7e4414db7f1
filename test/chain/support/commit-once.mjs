// node commit-once.mjs ENDPOINT JOURNAL TEXT: one commitment of //hotkey on subnet 31, as a miner would make it.
import { Keyring } from '@polkadot/keyring';
import { connectChain } from '../../../dist/chain/index.js';

const [endpoint = '', journal = '', text = ''] = process.argv.slice(2);
const chain = await connectChain({ endpoints: [endpoint], journal, eraBlocks: 16 });
const hotkey = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri('//hotkey');
console.log(JSON.stringify(await chain.commit(hotkey, { netuid: 31, text })));
await chain.close();

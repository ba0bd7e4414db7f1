import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = () => process.env.BT_WALLET_PATH ?? 'wallets';

/** Makes wallets in BT_WALLET_PATH that btcli reads too. Their coldkeys are not encrypted: they are worth nothing. */
export async function createWallets(names) {
  if (names.length === 0) throw new Error('Expected the names of the wallets to make');
  // Loaded only here: everything else works without the build.
  const { createWallet } = await import('../../dist/chain/index.js');
  for (const name of names) await createWallet({ name, hotkey: 'default', path: folder() });
}

function keyfile(...parts) {
  const path = join(folder(), ...parts);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new Error(`Expected a keyfile without encryption at ${path}: use btcli with an encrypted one`, {
        cause: error,
      });
    }
    throw new Error(`Expected a keyfile at ${path}: make the wallet first, or set BT_WALLET_PATH`, {
      cause: error,
    });
  }
}

/** The wallet that --wallet.name and --wallet.hotkey mean. */
export function walletOf(values) {
  const name = values['wallet.name'];
  if (name === undefined) throw new Error('Expected --wallet.name with the name of a wallet');
  return {
    coldkeyAddress: keyfile(name, 'coldkeypub.txt').ss58Address,
    hotkeyAddress: keyfile(name, 'hotkeys', values['wallet.hotkey']).ss58Address,
    /** Read only when it signs. */
    secretPhrase: () => keyfile(name, 'coldkey').secretPhrase,
  };
}

import { HealthTensorError } from '../../common/errors.js';
import { listWallets, walletFiles, walletsFolder, type WalletLocation } from './layout.js';
import { pathExists } from './new-files.js';

/** There is no such keyfile: names the wallets that exist and the command that makes the key. */
export async function missingKey(
  location: WalletLocation,
  which: 'hotkey' | 'coldkey',
): Promise<HealthTensorError> {
  const found = await listWallets(location.path);
  const shown = found.slice(0, 20).join(', ') + (found.length > 20 ? ` and ${found.length - 20} more` : '');
  const folder = walletsFolder(location.path);
  const files = walletFiles(location);
  const key = which === 'hotkey' ? `hotkey ${JSON.stringify(location.hotkey)}` : 'coldkey';
  return new HealthTensorError(
    'WALLET_MISSING',
    `There is no ${key} of wallet ${JSON.stringify(location.name)}: ${files[which]} does not exist. ` +
      (found.length === 0 ? `No wallets are in ${folder}.` : `Wallets in ${folder}: ${shown}.`),
    { remedy: await remedy(location, which) },
  );
}

async function remedy(location: WalletLocation, which: 'hotkey' | 'coldkey'): Promise<string> {
  const files = walletFiles(location);
  const names = `--wallet.name ${location.name} --wallet.hotkey ${location.hotkey} --wallet.path ${walletsFolder(location.path)}`;
  if (which === 'coldkey')
    return 'Do this where the coldkey is; it is needed for registering alone, never to run.';
  const command = (await pathExists(files.coldkeyPublic)) ? 'new-hotkey' : 'create';
  return `Create it with: healthtensor wallet ${command} ${names} (or the same of btcli)`;
}

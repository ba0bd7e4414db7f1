import { addressOfKey, loadHotkey, type WalletLocation } from '../chain/index.js';
import { HealthTensorError, Log } from '../common/index.js';
import { failed, type Finding, ok, warning } from './finding.js';

/** Opens the hotkey as a miner or validator would at night, with nobody there to be asked for a password. */
export async function lookAtWallet(
  wallet: WalletLocation,
  signal?: AbortSignal,
): Promise<{ finding: Finding; hotkey?: string }> {
  const warnings: string[] = [];
  const log = new Log({ level: 'WARNING', write: (line) => warnings.push(messageIn(line)) });
  const text = (address: string) => `hotkey ${address} (${wallet.name}/${wallet.hotkey})`;
  try {
    const { address } = await loadHotkey(wallet, { log, signal });
    const well = warnings.length === 0;
    const finding = well ? ok('wallet', text(address)) : warning('wallet', text(address), warnings.join(' '));
    return { finding, hotkey: address };
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof HealthTensorError && error.code === 'WALLET_ENCRYPTED'))
      return { finding: failed('wallet', error) };
    const address = await addressOfKey(wallet, 'hotkey').catch(() => undefined);
    const what = address === undefined ? error.message : `${text(address)} is encrypted`;
    const finding = warning(
      'wallet',
      `${what}: a start without a terminal needs its password`,
      error.remedy ?? '',
    );
    return address === undefined ? { finding } : { finding, hotkey: address };
  }
}

/** A log line without its time and level. */
function messageIn(line: string): string {
  return line.split(' | ').slice(2).join(' | ').trim();
}

import { addressOfKey, type KeyOpening, loadHotkey, type WalletLocation } from '../chain/index.js';
import { HealthTensorError, Log } from '../common/index.js';
import { failed, type Finding, ok, warning } from './finding.js';

/** Opens the hotkey as a miner or validator would, and warns when that takes somebody who types its password. */
export async function lookAtWallet(
  wallet: WalletLocation,
  { signal, opening }: { signal?: AbortSignal | undefined; opening?: KeyOpening | undefined } = {},
): Promise<{ finding: Finding; hotkey?: string }> {
  const warnings: string[] = [];
  const log = new Log({ level: 'WARNING', write: (line) => warnings.push(messageIn(line)) });
  const text = (address: string) => `hotkey ${address} (${wallet.name}/${wallet.hotkey})`;
  const ask = opening?.password;
  let typed = false;
  const password = ask && ((file: string) => ((typed = true), ask(file)));
  try {
    const { address } = await loadHotkey(wallet, { log, signal, ...opening, password });
    if (typed) {
      const what = `${text(address)} is encrypted and opens with the password that was typed`;
      return {
        finding: warning('wallet', [`${what}: ${AT_NIGHT}`, ...warnings].join('. '), VARIABLE),
        hotkey: address,
      };
    }
    const well = warnings.length === 0;
    const finding = well ? ok('wallet', text(address)) : warning('wallet', text(address), warnings.join(' '));
    return { finding, hotkey: address };
  } catch (error) {
    signal?.throwIfAborted();
    const address = await addressOfKey(wallet, 'hotkey').catch(() => undefined);
    return { finding: findingOf(error, address && text(address)), ...(address && { hotkey: address }) };
  }
}

const AT_NIGHT = 'a start without a terminal needs it in a variable';
const VARIABLE = 'healthtensor wallet password-variable prints the variable to set.';

/** `what` is the hotkey where its file tells it although it cannot be opened. */
function findingOf(error: unknown, what: string | undefined): Finding {
  const code = error instanceof HealthTensorError ? error.code : undefined;
  if (code !== 'WALLET_ENCRYPTED' && code !== 'NO_ANSWER') return failed('wallet', error);
  const text =
    what === undefined ? (error as HealthTensorError).message : `${what} is encrypted and was not opened`;
  return warning('wallet', `${text}: ${AT_NIGHT}`, VARIABLE);
}

/** A log line without its time and level. */
function messageIn(line: string): string {
  return line.split(' | ').slice(2).join(' | ').trim();
}

import type { KeyReport, WalletReport } from './wallet-report.js';

/** Wallets as a list for people: a line for each key, what is wrong below it. */
export function formatWallets(wallets: readonly WalletReport[]): string {
  if (wallets.length === 0) return 'There are no wallets here.';
  const rows = wallets.flatMap(({ name, coldkey, hotkeys }) => [
    { name, kind: 'coldkey', key: coldkey },
    ...hotkeys.map((key) => ({ name: `  ${key.name}`, kind: 'hotkey', key })),
  ]);
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map(({ name, kind, key }) => {
      const line = `${name.padEnd(width)}  ${kind.padEnd(7)}  ${facts(key)}`.trimEnd();
      return key?.problem === undefined ? line : `${line}\n${' '.repeat(width)}  ! ${key.problem}`;
    })
    .join('\n');
}

function facts(key: KeyReport | undefined): string {
  if (key === undefined) return 'not here';
  const address = (key.address ?? 'address unknown').padEnd(48);
  if (key.encryption === undefined)
    return key.problem === undefined ? `${address}  public key only` : address;
  const encryption = key.encryption === 'none' ? 'not encrypted' : `encrypted (${key.encryption})`;
  return `${address}  ${encryption}  ${key.mode ?? ''}`;
}

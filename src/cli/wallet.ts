import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { formatWallets } from '../chain/wallet/format-wallets.js';
import type { KeySecret } from '../chain/wallet/keyfile.js';
import { walletFiles, type WalletLocation } from '../chain/wallet/layout.js';
import { obscurePassword, passwordVariable } from '../chain/wallet/password-variable.js';
import type { WordCount } from '../chain/wallet/word-counts.js';
import { addOptions, optionsOf } from './options/command.js';
import { walletOf } from './options/shared.js';
import {
  CREATE_OPTIONS,
  LIST_OPTIONS,
  NEW_COLDKEY_OPTIONS,
  NEW_HOTKEY_OPTIONS,
  PASSWORD_VARIABLE_OPTIONS,
  REGEN_COLDKEY_OPTIONS,
  REGEN_HOTKEY_OPTIONS,
} from './options/wallet.js';
import { newPassword } from './passwords.js';
import { askSecret, firstInputLine, isInteractive, showSecret } from './prompt.js';
import { run } from './run.js';
import { failWhenStopped } from './stopped.js';

/** `healthtensor wallet create | new-hotkey | regen-hotkey | new-coldkey | regen-coldkey | list | password-variable` */
export function configure(command: Command): void {
  configureCreate(command);
  configureNew(command);
  configureRegen(command);
  configureList(command);
  configurePasswordVariable(command);
}

function configureCreate(parent: Command): void {
  const command = parent.command('create').description('make a wallet: a new coldkey and its first hotkey');
  addOptions(command, CREATE_OPTIONS).action(() =>
    run(async (signal) => {
      failWhenStopped(signal);
      const { usePassword, words, ...names } = optionsOf(command, CREATE_OPTIONS);
      const { createWallet, refuseExisting } = await import('../chain/wallet/create.js');
      const location = walletOf(names);
      const files = walletFiles(location);
      await refuseExisting(location, 'folder');
      const coldkeyPassword = await passwordFor(files.coldkey, usePassword, signal);
      const made = await createWallet(location, { coldkeyPassword, words, signal });
      print(`coldkey  ${made.coldkey.address}  ${files.coldkey}${usePassword ? '' : '  NOT ENCRYPTED'}`);
      print(`hotkey   ${made.hotkey.address}  ${files.hotkey}`);
      tellWords('coldkey', made.coldkeyMnemonic);
      tellWords('hotkey', made.hotkeyMnemonic);
    }),
  );
}

function configureNew(parent: Command): void {
  const hotkey = parent.command('new-hotkey').description('add a new hotkey to a wallet');
  addOptions(hotkey, NEW_HOTKEY_OPTIONS).action(() =>
    run((signal) => {
      const options = optionsOf(hotkey, NEW_HOTKEY_OPTIONS);
      return makeKey(walletOf(options), { which: 'hotkey', ...options }, signal);
    }),
  );
  const coldkey = parent.command('new-coldkey').description('make a wallet with a new coldkey alone');
  addOptions(coldkey, NEW_COLDKEY_OPTIONS).action(() =>
    run((signal) => {
      const options = optionsOf(coldkey, NEW_COLDKEY_OPTIONS);
      const location = walletOf({ ...options, walletHotkey: 'default' });
      return makeKey(location, { which: 'coldkey', ...options }, signal);
    }),
  );
}

function configureRegen(parent: Command): void {
  const hotkey = parent.command('regen-hotkey').description('restore a hotkey from its words or its seed');
  addOptions(hotkey, REGEN_HOTKEY_OPTIONS).action(() =>
    run((signal) => {
      const options = optionsOf(hotkey, REGEN_HOTKEY_OPTIONS);
      return makeKey(walletOf(options), { which: 'hotkey', restore: true, ...options }, signal);
    }),
  );
  const coldkey = parent.command('regen-coldkey').description('restore a coldkey from its words or its seed');
  addOptions(coldkey, REGEN_COLDKEY_OPTIONS).action(() =>
    run((signal) => {
      const options = optionsOf(coldkey, REGEN_COLDKEY_OPTIONS);
      const location = walletOf({ ...options, walletHotkey: 'default' });
      return makeKey(location, { which: 'coldkey', restore: true, ...options }, signal);
    }),
  );
}

function configureList(parent: Command): void {
  const command = parent.command('list').description('show wallets, addresses, encryption and permissions');
  addOptions(command, LIST_OPTIONS).action(() =>
    run(async () => {
      const { walletPath, json } = optionsOf(command, LIST_OPTIONS);
      const { reportWallets } = await import('../chain/wallet/wallet-report.js');
      const reports = await reportWallets(walletPath);
      print(json ? JSON.stringify(reports, (_, value: unknown) => value ?? null, 2) : formatWallets(reports));
    }),
  );
}

function configurePasswordVariable(parent: Command): void {
  const command = parent
    .command('password-variable')
    .description("print the environment line that holds a keyfile's password");
  addOptions(command, PASSWORD_VARIABLE_OPTIONS).action(() =>
    run(async (signal) => {
      failWhenStopped(signal);
      const { key, ...names } = optionsOf(command, PASSWORD_VARIABLE_OPTIONS);
      const file = walletFiles(walletOf(names))[key];
      // A key may be made with it later; whoever mistyped a name finds out here and not when the key stays shut.
      if (!existsSync(file)) process.stderr.write(`note: there is no key in ${file} yet\n`);
      const password = await lineOf(`Password of ${file}: `, signal);
      print(`${passwordVariable(file)}=${obscurePassword(password, file)}`);
    }),
  );
}

/** Makes a key, or restores it from what is typed, and says where it is. */
async function makeKey(
  location: WalletLocation,
  o: {
    which: 'hotkey' | 'coldkey';
    restore?: boolean;
    usePassword: boolean;
    keyType: 'sr25519' | 'ed25519';
    words?: WordCount;
  },
  signal: AbortSignal,
): Promise<void> {
  failWhenStopped(signal);
  const { addKey, refuseExisting } = await import('../chain/wallet/create.js');
  await refuseExisting(location, o.which); // before anybody types
  const secret = o.restore ? await givenSecret(signal) : undefined;
  const password = await passwordFor(walletFiles(location)[o.which], o.usePassword, signal);
  const made = await addKey(location, {
    which: o.which,
    type: o.keyType,
    password,
    secret,
    ...(o.words && { words: o.words }),
    signal,
  });
  const warning = o.which === 'coldkey' && !o.usePassword ? '  NOT ENCRYPTED' : '';
  print(`${o.which}  ${made.address}  ${made.file}${warning}`);
  if (made.mnemonic !== undefined) tellWords(o.which, made.mnemonic);
}

async function givenSecret(signal: AbortSignal): Promise<KeySecret> {
  const typed = await lineOf('Words or seed (not shown): ', signal);
  const { typedSecret } = await import('../chain/wallet/typed-secret.js');
  return typedSecret(typed);
}

/** A secret: typed unseen at the terminal, else the first line of standard input. */
function lineOf(question: string, signal: AbortSignal): Promise<string> {
  return isInteractive() ? askSecret(question, signal) : firstInputLine(signal);
}

/** Only the terminal may show the words: what is written elsewhere stays. */
function tellWords(which: string, words: string): void {
  const shown = showSecret(
    `\nThe words that restore the ${which}. Write them down: they are not shown again.\n\n    ${words}\n`,
  );
  if (!shown)
    print(`The words of the ${which} are in its keyfile alone: there is no terminal to show them on.`);
}

async function passwordFor(file: string, wanted: boolean, signal: AbortSignal): Promise<string | undefined> {
  if (!wanted) return undefined;
  const password = await newPassword(file, signal);
  process.stderr.write('Encrypting, which takes seconds and 512 MiB of memory by design.\n');
  return password;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

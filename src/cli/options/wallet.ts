import { WORD_COUNTS, type WordCount } from '../../chain/wallet/word-counts.js';
import type { OptionTable } from './definition.js';
import { boolean, choice } from './parsers.js';
import { SHARED_OPTIONS } from './shared.js';

const { walletName, walletHotkey, walletPath } = SHARED_OPTIONS;

const usePassword = {
  name: 'use_password',
  group: 'Key',
  help: 'encrypt the keyfile; the password is asked for, or comes from the BT_PW_ variable',
  parse: boolean,
} as const;

const words = {
  name: 'n_words',
  value: '<number>',
  group: 'Key',
  help: `words of the new mnemonic: ${WORD_COUNTS.join(', ')}`,
  fallback: '12',
  parse: (option: string, text: string) =>
    Number(choice(...WORD_COUNTS.map(String))(option, text)) as WordCount,
} as const;

const keyType = {
  name: 'key_type',
  value: '<type>',
  group: 'Key',
  help: 'sr25519 or ed25519',
  fallback: 'sr25519',
  parse: choice('sr25519', 'ed25519'),
} as const;

/** `healthtensor wallet create` */
export const CREATE_OPTIONS = {
  walletName,
  walletHotkey,
  walletPath,
  usePassword: {
    ...usePassword,
    help: `${usePassword.help} (the coldkey; the hotkey never is)`,
    fallback: 'True',
  },
  words,
} as const satisfies OptionTable;

/** `healthtensor wallet new-hotkey` */
export const NEW_HOTKEY_OPTIONS = {
  walletName,
  walletHotkey,
  walletPath,
  usePassword: { ...usePassword, fallback: 'False' },
  words,
  keyType,
} as const satisfies OptionTable;

/** `healthtensor wallet new-coldkey` */
export const NEW_COLDKEY_OPTIONS = {
  walletName,
  walletPath,
  usePassword: { ...usePassword, fallback: 'True' },
  words,
  keyType,
} as const satisfies OptionTable;

/** `healthtensor wallet regen-hotkey` */
export const REGEN_HOTKEY_OPTIONS = {
  walletName,
  walletHotkey,
  walletPath,
  usePassword: { ...usePassword, fallback: 'False' },
  keyType,
} as const satisfies OptionTable;

/** `healthtensor wallet regen-coldkey` */
export const REGEN_COLDKEY_OPTIONS = {
  walletName,
  walletPath,
  usePassword: { ...usePassword, fallback: 'True' },
  keyType,
} as const satisfies OptionTable;

/** `healthtensor wallet list` */
export const LIST_OPTIONS = {
  walletPath,
  json: { name: 'json', group: 'Output', help: 'print JSON', fallback: 'False', parse: boolean },
} as const satisfies OptionTable;

/** `healthtensor wallet password-variable` */
export const PASSWORD_VARIABLE_OPTIONS = {
  walletName,
  walletHotkey,
  walletPath,
  key: {
    name: 'key',
    value: '<which>',
    group: 'Key',
    help: 'hotkey or coldkey',
    fallback: 'hotkey',
    parse: choice('hotkey', 'coldkey'),
  },
} as const satisfies OptionTable;

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One keyfile encrypted in every way by libraries that are not ours; scripts/fixtures/make-keyfiles.py made them. */
const made = JSON.parse(readFileSync(join(import.meta.dirname, 'keyfiles.json'), 'utf8')) as Record<
  'password' | 'plain' | 'naclBase64' | 'naclKey' | 'fernet' | 'fernetKey' | 'ansible' | 'ansibleLabelled',
  string
>;

export const PASSWORD = made.password;
export const PLAIN = made.plain;
/** Of Substrate's development phrase. */
export const ADDRESS = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV';
/** What the password becomes, so that not every test waits for it. */
export const NACL_KEY = Buffer.from(made.naclKey, 'hex');
export const FERNET_KEY = Buffer.from(made.fernetKey, 'hex');
export const NACL = Buffer.from(made.naclBase64, 'base64');
export const FERNET = Buffer.from(made.fernet);
export const ANSIBLE = Buffer.from(made.ansible);
export const ANSIBLE_LABELLED = Buffer.from(made.ansibleLabelled);

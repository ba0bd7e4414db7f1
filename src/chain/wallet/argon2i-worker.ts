import { parentPort, workerData } from 'node:worker_threads';
import { argon2i } from 'hash-wasm';

/** What `argon2i.ts` sends with a new thread. */
export interface Argon2iWork {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly passes: number;
  readonly kibibytes: number;
}

const { password, salt, passes, kibibytes } = workerData as Argon2iWork;
const key = await argon2i({
  password,
  salt,
  parallelism: 1,
  iterations: passes,
  memorySize: kibibytes,
  hashLength: 32,
  outputType: 'binary',
});
password.fill(0);
parentPort?.postMessage(key);

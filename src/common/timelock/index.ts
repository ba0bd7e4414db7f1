export { publicKeyOf, signRound, verifyPulse } from './pulses.js';
export { type Beacon, QUICKNET } from './quicknet.js';
export { TIMELOCK_OVERHEAD, timelockDecrypt, timelockEncrypt } from './timelock.js';
export { TimelockError } from './timelock-error.js';

/** A drand network: who signs its rounds, and when. */
export interface Beacon {
  /** Compressed point of G2, 96 bytes. */
  readonly publicKey: Uint8Array;
  /** Unix time of round 1, seconds. */
  readonly genesisTime: number;
  /** Seconds between rounds. */
  readonly period: number;
}

/** The drand network whose pulses subtensor stores: quicknet (chain hash 52db9ba7...e971), as its /info page gives it. */
export const QUICKNET: Beacon = {
  publicKey: new Uint8Array(
    Buffer.from(
      '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510' +
        'd1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
      'hex',
    ),
  ),
  genesisTime: 1_692_803_367,
  period: 3,
};

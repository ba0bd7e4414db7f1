import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import type { Hotkey, RepoId, Revision, Uid } from '../../../src/common/index.js';
import type { RoundReport, RoundResult } from '../../../src/validator/report.js';

/** A development key: //Alice, //Bob, ... */
export async function pairOf(name: string): Promise<KeyringPair> {
  await cryptoWaitReady();
  return new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri(`//${name}`);
}

export async function hotkeyOf(name: string): Promise<Hotkey> {
  return (await pairOf(name)).address as Hotkey;
}

/** A report of validator //Alice as a round writes it. */
export async function reportOf(over: Partial<RoundReport> = {}): Promise<RoundReport> {
  return {
    version: 2,
    netuid: 31,
    validator: await hotkeyOf('Alice'),
    block: 1200,
    blockHash: `0x${'12'.repeat(32)}`,
    chainBlock: 1201,
    finishedAt: '2026-01-01T00:00:00.000Z',
    rules: {
      evaluationImages: 64,
      movingAverageAlpha: 0.8,
      tieMargin: 0.002,
      leastDifference: 0.00001,
      missChance: 0.001,
      payout: 'original',
    },
    data: { digest: 'd'.repeat(64), images: 100, patients: 80 },
    samples: [{ digest: 's'.repeat(64), images: 64, block: 1200, blockHash: `0x${'12'.repeat(32)}` }],
    results: [],
    ...over,
  };
}

/** A valid result of a miner. */
export async function resultOf(
  name: string,
  uid: number,
  over: Partial<RoundResult> = {},
): Promise<RoundResult> {
  return {
    uid: uid as Uid,
    hotkey: await hotkeyOf(name),
    registrationBlock: 10 + uid,
    repo: `${name.toLowerCase()}/model` as RepoId,
    revision: String(uid).repeat(40).slice(0, 40) as Revision,
    commitBlock: 100 + uid,
    weightsSha256: 'a'.repeat(64),
    tensorDigest: 'b'.repeat(64),
    modelId: 'c'.repeat(64),
    architecture: 'cnn',
    outcome: 'valid',
    evaluations: [{ sample: 's'.repeat(64), precision: 'fp32', loss: 0.2 }],
    loss: 0.2,
    meanAuroc: 0.75,
    previousScore: 0,
    score: 0,
    ...over,
  };
}

import { expect, test } from '@jest/globals';
import { pendingCommits } from '../../../../src/localnet/chain/calls/subtensor/pending-commits.js';
import { buildMetadata } from '../../../../src/localnet/chain/metadata/build-metadata.js';
import { SubtensorItems } from '../../../../src/localnet/chain/state/items.js';
import { Overlay } from '../../../../src/localnet/chain/state/overlay.js';
import { Storage, StorageCodec } from '../../../../src/localnet/chain/state/storage.js';

const NETUID = 31;
const [ANN, BEN, CAL] = ['aa', 'bb', 'cc'].map((byte) => `0x${byte.repeat(32)}`) as [string, string, string];
const HASH = `0x${'11'.repeat(32)}`;

test('the oldest commit that can still be revealed counts, of both kinds, and none without commit-reveal', () => {
  const storage = new Storage(
    new StorageCodec(buildMetadata()),
    new Overlay({ get: () => undefined, keys: () => [] }),
  );
  storage.set(SubtensorItems.subnetEpochIndex, [NETUID], 5n);
  storage.set(SubtensorItems.revealPeriodEpochs, [NETUID], 1n);
  storage.set(SubtensorItems.commitRevealEnabled, [NETUID], true);
  // Epoch 3 is past its reveal in epoch 4; epochs 4 and 5 are not.
  storage.set(
    SubtensorItems.weightCommits,
    [NETUID, ANN],
    [
      [HASH, 3n, 60n, 0n],
      [HASH, 4n, 80n, 0n],
      [HASH, 5n, 99n, 0n],
    ],
  );
  storage.set(SubtensorItems.timelockedCommits, [NETUID, 3n], [[CAL, 61n, '0x00', 9n]]);
  storage.set(
    SubtensorItems.timelockedCommits,
    [NETUID, 4n],
    [
      [BEN, 85n, '0x00', 9n],
      [ANN, 79n, '0x00', 9n],
    ],
  );
  storage.set(SubtensorItems.timelockedCommits, [NETUID, 5n], [[BEN, 90n, '0x00', 9n]]);
  expect(Object.fromEntries(pendingCommits(storage, NETUID))).toEqual({ [ANN]: 79n, [BEN]: 85n });
  storage.set(SubtensorItems.commitRevealEnabled, [NETUID], false);
  expect(pendingCommits(storage, NETUID).size).toBe(0);
});

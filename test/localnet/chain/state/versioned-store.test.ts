import { describe, expect, test } from '@jest/globals';
import { VersionedStore } from '../../../../src/localnet/chain/state/versioned-store.js';

const ITEM = `0x${'ab'.repeat(32)}`;
const key = (n: number) => `${ITEM}${n.toString(16).padStart(2, '0')}`;

describe('the store of all states', () => {
  test('agrees with a full copy of every state that it still keeps', () => {
    const history = 6;
    const store = new VersionedStore(history);
    const copies: Map<string, string>[] = [];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let block = 0; block < 60; block += 1) {
      const state = new Map(copies.at(-1));
      const changes = new Map<string, string | null>();
      for (let i = 0; i < 4; i += 1) changes.set(key(random(12)), random(3) === 0 ? null : `0x${block}`);
      for (const [name, value] of changes) {
        if (value === null) state.delete(name);
        else state.set(name, value);
      }
      store.commit(block, changes);
      copies.push(state);
      expect(store.oldest).toBe(Math.max(0, block - history));
      for (let past = store.oldest; past <= block; past += 1) {
        const copy = copies[past] ?? new Map<string, string>();
        expect(store.entries(past)).toEqual([...copy].sort(([a], [b]) => (a < b ? -1 : 1)));
        expect(store.keys(ITEM, past)).toEqual([...copy.keys()].sort());
      }
    }
  });

  test('takes blocks in their order only', () => {
    const store = new VersionedStore(3);
    store.commit(0, new Map());
    expect(() => store.commit(2, new Map())).toThrow('Block 2 does not follow 0');
  });
});

import { describe, expect, test } from '@jest/globals';
import type { Hotkey, RepoId, Revision } from '../../src/common/index.js';
import {
  advance,
  again,
  bestLoss,
  type Destination,
  enqueue,
  forDestination,
  type ModelFacts,
  neededFolders,
  noPublications,
  type Publication,
  startNext,
} from '../../src/miner/publication.js';

const destination: Destination = {
  genesisHash: '0x01',
  netuid: 31,
  hotkey: '5F' as Hotkey,
  hub: 'http://hub',
  repo: 'miner/model' as RepoId,
};
const revision = 'a'.repeat(40) as Revision;
const facts = (epoch: number, loss: number): ModelFacts => ({
  folder: `epoch-${epoch}`,
  epoch,
  loss,
  weightsSha256: `${epoch}`,
});
const saved = (epoch: number, loss: number): Publication => ({ ...facts(epoch, loss), stage: 'saved' });
const pushed = (epoch: number, loss: number): Publication => ({
  ...facts(epoch, loss),
  stage: 'pushed',
  revision,
});
const open = (epoch: number, loss: number): Publication => ({
  ...facts(epoch, loss),
  stage: 'public',
  revision,
  commitBlock: 9,
});
const none = noPublications(destination);

describe('publications', () => {
  test('every loss beats a miner that has published nothing', () => {
    expect(bestLoss(none)).toBe(Infinity);
  });

  test('a loss has to beat what is published, under way or queued', () => {
    expect(
      bestLoss({ ...none, published: open(1, 0.3), current: pushed(2, 0.25), queued: saved(3, 0.2) }),
    ).toBe(0.2);
  });

  test('a newer best takes the place of a queued one', () => {
    const state = enqueue(enqueue({ ...none, current: pushed(1, 0.3) }, facts(2, 0.25)), facts(3, 0.2));
    expect(state.queued).toEqual(saved(3, 0.2));
    expect(neededFolders(state)).toEqual(new Set(['epoch-1', 'epoch-3']));
  });

  test('two are never under way at once', () => {
    const state = startNext(enqueue({ ...none, current: pushed(1, 0.3) }, facts(2, 0.25)));
    expect(state.current?.epoch).toBe(1);
    expect(state.queued?.epoch).toBe(2);
  });

  test('one that has not left this machine makes room for a better one', () => {
    const state = startNext(enqueue({ ...none, current: saved(1, 0.3) }, facts(2, 0.25)));
    expect(state.current).toEqual(saved(2, 0.25));
    expect(state.queued).toBeUndefined();
  });

  test('what is public is done, and its files are kept', () => {
    const state = advance({ ...none, current: pushed(1, 0.3), published: open(0, 0.4) }, open(1, 0.3));
    expect(state.current).toBeUndefined();
    expect(state.published).toEqual(open(1, 0.3));
    expect(neededFolders(state)).toEqual(new Set(['epoch-1']));
  });

  test('at the same destination nothing is forgotten', () => {
    const state = { ...none, current: pushed(2, 0.25), published: open(1, 0.3) };
    expect(forDestination(state, { ...destination })).toBe(state);
  });

  test.each<[string, Partial<Destination>]>([
    ['another repository', { repo: 'miner/other' as RepoId }],
    ['another chain', { genesisHash: '0x02' }],
    ['another hub', { hub: 'http://other' }],
    ['another hotkey', { hotkey: '5G' as Hotkey }],
  ])('%s gets the best model from the beginning', (_name, change) => {
    const elsewhere = { ...destination, ...change };
    const state = forDestination({ ...none, current: pushed(2, 0.35), published: open(1, 0.3) }, elsewhere);
    expect(state).toEqual({ version: 1, destination: elsewhere, queued: saved(1, 0.3) });
  });

  test('a commitment that the chain has lost is made again', () => {
    expect(again({ ...none, published: open(1, 0.3) })).toEqual({ ...none, queued: saved(1, 0.3) });
  });

  test('nothing is made again while another publication is on its way', () => {
    const state = { ...none, published: open(1, 0.3), current: pushed(2, 0.2) };
    expect(again(state)).toBe(state);
  });
});

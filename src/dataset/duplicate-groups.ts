import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256File } from '../common/index.js';
import { findSimilar, type SimilarGroup } from './duplicates/similar-groups.js';
import { FEATURES } from './duplicates/picture-features.js';
import type { Entry } from './entries.js';
import { findingsOf } from './labels.js';
import { IMAGES_FOLDER } from './sources.js';

/**
 * So similar are copies of one film: re-encoded, with another exposure, blurred. Different films hardly ever are: of 5,744
 * pairs of one patient's films among 733 real X-rays the most alike have 0.899, of 262,534 pairs of two patients 0.737.
 * docs/data.md has the table, scripts/measure-duplicates.mjs makes it.
 */
export const SAME_PICTURE = 0.95;
/** Copies that were shrunk, cut or turned a little, but a few pairs of different films as well: for people to look at. */
export const LOOK_ALIKE = 0.9;
/** Drawn phantoms all resemble each other: only copies of them are told apart. */
const SAME_PHANTOM = 0.999;

/** Images that show the same picture, or one that looks alike. */
export interface DuplicateGroup {
  readonly images: readonly {
    readonly name: string;
    readonly patient: string;
    readonly findings: readonly string[];
    /** Where it lies: in the data set itself or in the one that it is compared with. */
    readonly in: 'this' | 'other';
    /** An earlier image of the group whose file has the same bytes. */
    readonly copyOf?: string;
  }[];
  /** The least similarity that joins two of them; 1 for the same pixels. */
  readonly similarity: number;
  /** Different people by name: they would end up on both sides of a split. */
  readonly severalPatients: boolean;
  /** The same picture with other findings: at least one label is wrong. */
  readonly labelsDiffer: boolean;
}

interface Place {
  readonly folder: string;
  readonly entry: Entry;
  readonly in: 'this' | 'other';
}

/** Gathers the features of pictures, 256 bytes each, and finds those that are the same picture. */
export class DuplicateSearch {
  readonly #features: Int8Array;
  readonly #places: Place[] = [];

  /** @param most How many pictures will be added at most. */
  constructor(most: number) {
    this.#features = new Int8Array(most * FEATURES);
  }

  add(features: Int8Array, place: Place): void {
    this.#features.set(features, this.#places.length * FEATURES);
    this.#places.push(place);
  }

  /**
   * `duplicates` show the same picture; `lookAlikes` are wider groups whose members are not all the same. In both the
   * gravest come first: several patients, contradicting labels, then by similarity.
   */
  async groups(
    o: { readonly phantoms: boolean },
    signal?: AbortSignal,
  ): Promise<{ duplicates: DuplicateGroup[]; lookAlikes: DuplicateGroup[] }> {
    const [same = [], alike = []] = await findSimilar(this.#features, this.#places.length, {
      thresholds: o.phantoms ? [SAME_PHANTOM] : [SAME_PICTURE, LOOK_ALIKE],
      signal,
    });
    const sizes = new Map(same.flatMap(({ members }) => members.map((member) => [member, members.length])));
    // A wider group begins with the same member as the narrower one that it is no wider than.
    const wider = alike.filter(({ members }) => sizes.get(members[0] as number) !== members.length);
    return {
      duplicates: await this.#describe(same, signal),
      lookAlikes: await this.#describe(wider, signal),
    };
  }

  async #describe(similar: readonly SimilarGroup[], signal?: AbortSignal): Promise<DuplicateGroup[]> {
    const groups: DuplicateGroup[] = [];
    for (const { members, similarity } of similar) {
      const places = members.map((position) => this.#places[position] as Place);
      groups.push(describe(places, await copiesIn(places, signal), similarity));
    }
    const gravity = (group: DuplicateGroup) => 2 * Number(group.severalPatients) + Number(group.labelsDiffer);
    return groups.sort((a, b) => gravity(b) - gravity(a) || b.similarity - a.similarity);
  }
}

function describe(
  places: readonly Place[],
  copies: ReadonlyMap<Place, string>,
  similarity: number,
): DuplicateGroup {
  const distinct = (of: (entry: Entry) => string | number) =>
    new Set(places.map(({ entry }) => of(entry))).size;
  return {
    images: places.map((place) => {
      const { name, patient, labels } = place.entry;
      const copyOf = copies.get(place);
      const image = { name, patient, findings: findingsOf(labels), in: place.in };
      return copyOf === undefined ? image : { ...image, copyOf };
    }),
    similarity: Math.round(similarity * 1000) / 1000,
    severalPatients: distinct(({ patient }) => patient) > 1,
    labelsDiffer: distinct(({ labels }) => labels) > 1,
  };
}

/** Those whose file has the same bytes as an earlier one's, and which. Only files of equal sizes are read. */
async function copiesIn(places: readonly Place[], signal?: AbortSignal): Promise<Map<Place, string>> {
  const pathOf = ({ folder, entry }: Place) => join(folder, IMAGES_FOLDER, entry.name);
  const bySize = new Map<number, Place[]>();
  for (const place of places) {
    const { size } = await stat(pathOf(place));
    bySize.set(size, [...(bySize.get(size) ?? []), place]);
  }
  const copies = new Map<Place, string>();
  for (const alike of bySize.values()) {
    if (alike.length < 2) continue;
    const first = new Map<string, string>();
    for (const place of alike) {
      const digest = await sha256File(pathOf(place), signal);
      const earlier = first.get(digest);
      if (earlier === undefined) first.set(digest, place.entry.name);
      else copies.set(place, earlier);
    }
  }
  return copies;
}

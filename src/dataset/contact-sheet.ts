import sharp from 'sharp';
import { FINDINGS, NO_FINDING, writeFileAtomic } from '../common/index.js';
import { decodeFile } from './decode.js';
import type { DuplicateGroup } from './duplicate-groups.js';
import type { Entry } from './entries.js';

/** One picture of the sheet; rows and columns count from 1 at the top left. */
export interface SheetTile {
  readonly row: number;
  readonly column: number;
  readonly name: string;
  readonly in: 'this' | 'other';
  /** The finding that it stands for, or what it is a duplicate of. */
  readonly shows: string;
}

const COLUMNS = 6;
const TILE = 192;
const GAP = 4;
/** Groups of duplicates that are shown, two images of each side by side. */
const PAIRS = 12;

/**
 * An image of each finding and one without, those with the fewest other findings; then, from a new row on, two images of
 * each of the first duplicates.
 */
export function chooseTiles(images: readonly Entry[], duplicates: readonly DuplicateGroup[]): SheetTile[] {
  const examples: Omit<SheetTile, 'row' | 'column'>[] = FINDINGS.flatMap((finding, index) => {
    const clearest = clearestOf(images, 1 << index);
    return clearest === undefined ? [] : [{ name: clearest.name, in: 'this' as const, shows: finding }];
  });
  const healthy = images.find(({ labels }) => labels === 0);
  if (healthy !== undefined) examples.push({ name: healthy.name, in: 'this', shows: NO_FINDING });
  const pairs = duplicates.slice(0, PAIRS).flatMap(({ images: [first, second], similarity }) => {
    if (first === undefined || second === undefined) return [];
    return [
      { name: first.name, in: first.in, shows: `like ${second.name} (${similarity})` },
      { name: second.name, in: second.in, shows: `like ${first.name} (${similarity})` },
    ];
  });
  const rowsAbove = Math.ceil(examples.length / COLUMNS);
  const placed = (tiles: readonly Omit<SheetTile, 'row' | 'column'>[], above: number): SheetTile[] =>
    tiles.map((tile, i) => ({
      row: above + Math.floor(i / COLUMNS) + 1,
      column: (i % COLUMNS) + 1,
      ...tile,
    }));
  return [...placed(examples, 0), ...placed(pairs, rowsAbove)];
}

function clearestOf(images: readonly Entry[], bit: number): Entry | undefined {
  let best: Entry | undefined;
  for (const image of images) {
    if ((image.labels & bit) === 0) continue;
    if (best === undefined || ones(image.labels) < ones(best.labels)) best = image;
    if (best.labels === bit) break;
  }
  return best;
}

function ones(labels: number): number {
  return FINDINGS.filter((_, index) => (labels & (1 << index)) !== 0).length;
}

/** Draws the tiles, as the models would see them but larger, into one PNG. */
export async function drawSheet(
  path: string,
  tiles: readonly SheetTile[],
  fileOf: (tile: SheetTile) => string,
): Promise<void> {
  const rows = Math.max(1, ...tiles.map(({ row }) => row));
  const layers = [];
  for (const tile of tiles) {
    const pixels = await decodeFile(fileOf(tile), TILE).catch(() => undefined);
    if (pixels === undefined) continue; // in the pixel cache, but damaged since: its place stays empty
    layers.push({
      input: Buffer.from(pixels),
      raw: { width: TILE, height: TILE, channels: 1 as const },
      left: GAP + (tile.column - 1) * (TILE + GAP),
      top: GAP + (tile.row - 1) * (TILE + GAP),
    });
  }
  const width = GAP + COLUMNS * (TILE + GAP);
  const height = GAP + rows * (TILE + GAP);
  const sheet = sharp({ create: { width, height, channels: 3, background: '#204060' } });
  await writeFileAtomic(path, await sheet.composite(layers).png().toBuffer());
}

import { diaphragm, lungBase, lungReach, type Anatomy } from './anatomy.js';
import type { Random, Side } from './random.js';
import { mix, Raster, smooth, type Point } from './raster.js';

/** A chest being drawn, with maps that say what lies where. */
export interface Chest {
  readonly anatomy: Anatomy;
  readonly raster: Raster;
  /** Coverage by the lungs, 0..1 a pixel, by side of the picture; the heart lies in front of them. */
  readonly lung: { readonly left: Float32Array; readonly right: Float32Array };
  /** Distance of a pixel in the lungs from the chest wall (or the lung's top). */
  readonly fromWall: Float32Array;
  /** Where vessels may show; air outside the lung has none. */
  readonly vesselClip: Float32Array;
}

/** The lung map of one side. */
export function lungOf(chest: Chest, side: Side): Float32Array {
  return side < 0 ? chest.lung.left : chest.lung.right;
}

/** Body, lungs, mediastinum, heart and abdomen: everything smooth. Bones and vessels come later, over the findings. */
export function drawSoftTissue(anatomy: Anatomy, size: number): Chest {
  const raster = new Raster(size);
  const cells = size * size;
  const lung = { left: new Float32Array(cells), right: new Float32Array(cells) };
  const fromWall = new Float32Array(cells);
  const edge = Math.max(0.01, 1.2 / size);
  const base = lungBase(anatomy);
  const heart = heartCoverage(anatomy);
  const columns = Array.from({ length: size }, (_, column) => drawingColumn(anatomy, (column + 0.5) / size));
  for (let row = 0; row < size; row++) {
    const y = (row + 0.5) / size;
    const { inner, outer } = lungReach(anatomy, (y - anatomy.apex) / (base - anatomy.apex));
    const shoulder = shoulderWidth(anatomy, y);
    const mediastinum =
      0.05 + 0.03 * smooth((0.16 - y) / 0.1) + 0.022 * Math.exp(-(((y - 0.33) / 0.05) ** 2));
    const vertebra = 0.05 + 0.025 * Math.cos((2 * Math.PI * y) / 0.052);
    const windpipe = 0.2 * smooth((0.36 - y) / 0.06);
    const inLung = anatomy.lungDensity + 0.07 * smooth((y - 0.35) / 0.5);
    columns.forEach(({ x, side, reach, floor, spine, trachea }, column) => {
      const index = row * size + column;
      const below = (y - floor) / edge;
      const heartShare = heart(x, y);
      const covered = smooth((outer - reach) / edge) * smooth((reach - inner) / edge) * smooth(0.5 - below);
      lung[side < 0 ? 'left' : 'right'][index] = covered * (1 - 0.9 * heartShare);
      fromWall[index] = Math.min(outer - reach, (y - anatomy.apex) * 1.2);
      let density = anatomy.tissueDensity + 0.06 * smooth((reach - outer + 0.02) / 0.06);
      density = mix(density, 0.66, smooth(0.5 + below) * smooth((anatomy.width + 0.03 - reach) / 0.06));
      density = mix(density, inLung, covered);
      density = mix(density, 0.67, smooth((mediastinum - reach) / 0.03));
      density = mix(density, 0.7, heartShare) + vertebra * spine - windpipe * trachea;
      raster.density[index] = mix(0.03, density, smooth((shoulder - reach) / 0.025));
    });
  }
  return { anatomy, raster, lung, fromWall, vesselClip: new Float32Array(cells).fill(1) };
}

/** What is the same for all pixels of a column. */
function drawingColumn(anatomy: Anatomy, x: number) {
  const side: Side = x < anatomy.centre ? -1 : 1;
  const reach = Math.abs(x - anatomy.centre);
  return {
    x,
    side,
    reach,
    floor: diaphragm(anatomy, side, reach),
    spine: Math.exp(-((reach / 0.032) ** 2)),
    trachea: Math.exp(-((reach / 0.018) ** 2)),
  };
}

/** Coverage by the heart: a tilted ellipse, most of it on the patient's left. */
function heartCoverage(anatomy: Anatomy): (x: number, y: number) => number {
  const half = anatomy.heartRatio * anatomy.width;
  const [cos, sin] = [Math.cos(HEART_TILT), Math.sin(HEART_TILT)];
  const minor = anatomy.heartHeight * 0.78;
  // The ellipse's half width across the picture is to be `half`, whatever its tilt.
  const major = Math.sqrt(Math.max((half ** 2 - (minor * sin) ** 2) / cos ** 2, 0.01));
  const middleX = anatomy.centre + 0.24 * half;
  const middleY = Math.min(anatomy.dome.left, anatomy.dome.right) - anatomy.heartHeight * 0.58;
  return (x, y) => {
    const dx = x - middleX;
    const dy = y - middleY;
    const a = (dx * cos + dy * sin) / major;
    const b = (dy * cos - dx * sin) / minor;
    return smooth((1 - Math.sqrt(a * a + b * b)) / 0.14);
  };
}

/** Radians that the heart's axis falls toward the patient's left. */
const HEART_TILT = 0.4;

function shoulderWidth(anatomy: Anatomy, y: number): number {
  return (
    mix(0.13, anatomy.bodyWidth, smooth((y - 0.005) / 0.13) ** 0.7) +
    0.03 * Math.exp(-(((y - 0.2) / 0.08) ** 2))
  );
}

/** Vessels that spread from the hila and thin out toward the walls. */
export function drawVessels(chest: Chest, random: Random): void {
  const { anatomy, raster } = chest;
  for (const side of [-1, 1] as const) {
    const map = lungOf(chest, side);
    const clip = map.map((covered, index) => covered * (chest.vesselClip[index] as number));
    const hilum = { x: anatomy.centre + side * 0.085, y: 0.45 + (side > 0 ? -0.015 : 0.01) };
    raster.spot(hilum.x + side * 0.015, hilum.y, 0.055, 1, 0.16 * anatomy.vessels, clip);
    for (let branch = 0; branch < 9; branch++) {
      const angle = -1.35 + (branch / 8) * 2.75 + random.between(-0.12, 0.12);
      const length = random.between(0.16, 0.26);
      const bend = random.between(-0.35, 0.35);
      const points = Array.from({ length: 5 }, (_, i): Point => {
        const turn = angle + (bend * i) / 4;
        return {
          x: hilum.x + side * (0.02 + (length * i) / 4) * Math.cos(turn),
          y: hilum.y + (0.02 + (length * i) / 4) * Math.sin(turn) * 1.15,
        };
      });
      raster.line(points, 0.012, 0.12 * anatomy.vessels, clip, 0.25);
      const fork = points[2] as Point;
      const aside = angle + (random.next() < 0.5 ? -0.6 : 0.6);
      const end = { x: fork.x + side * 0.11 * Math.cos(aside), y: fork.y + 0.11 * Math.sin(aside) };
      raster.line([fork, end], 0.007, 0.07 * anatomy.vessels, clip, 0.3);
    }
  }
}

/** Ribs (the back part falls outward gently, the front part steeply) and collar bones. */
export function drawBones(chest: Chest, random: Random): void {
  const { anatomy, raster } = chest;
  const base = lungBase(anatomy);
  for (const side of [-1, 1] as const) {
    for (let rib = 0; rib < anatomy.ribs; rib++) {
      const start = anatomy.apex + 0.005 + (rib / anatomy.ribs) * (base - anatomy.apex) * 0.98;
      const { outer } = lungReach(anatomy, (start + 0.05 - anatomy.apex) / (base - anatomy.apex));
      const reach = outer + 0.015;
      const back = Array.from({ length: 9 }, (_, i): Point => {
        const along = i / 8;
        const arch = -0.03 * Math.sin(Math.PI * Math.min(1, along * 1.3)) + anatomy.ribSlope * along ** 2.2;
        return { x: anatomy.centre + side * mix(0.045, reach, along), y: start + arch };
      });
      raster.line(back, 0.02, anatomy.ribDensity);
      const turn = back[8] as Point;
      const front = Array.from({ length: 6 }, (_, i): Point => {
        const along = i / 5;
        return {
          x: turn.x - side * along * (reach - 0.17),
          y: turn.y + 0.015 * Math.sin(Math.PI * along) + 0.1 * along ** 0.9,
        };
      });
      if (rib < anatomy.ribs - 3) raster.line(front, 0.022, anatomy.ribDensity * 0.6, undefined, 0.7);
    }
    const tilt = random.between(-0.01, 0.015);
    const collar = [
      { x: anatomy.centre + side * 0.045, y: anatomy.apex + 0.055 },
      { x: anatomy.centre + side * 0.16, y: anatomy.apex + 0.02 + tilt },
      { x: anatomy.centre + side * 0.3, y: anatomy.apex - 0.012 + tilt },
      { x: anatomy.centre + side * 0.4, y: anatomy.apex - 0.03 + tilt },
    ];
    raster.line(collar, 0.026, 0.12);
  }
}

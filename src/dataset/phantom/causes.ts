import type { Finding } from '../../common/index.js';
import { lungBase, lungReach, type Anatomy } from './anatomy.js';
import { lungOf, type Chest } from './chest.js';
import type { Random, Side } from './random.js';
import { mix, smooth, type Point } from './raster.js';

/** What a finding does to the picture: it changes the measures of the chest, or adds to the drawing, or both. */
export interface Cause {
  readonly shape?: (anatomy: Anatomy) => void;
  readonly paint?: (chest: Chest) => void;
}

/**
 * The visible cause of each finding, drawn after its textbook sign in the frontal view (Hansell et al., "Fleischner
 * Society: Glossary of Terms for Thoracic Imaging", Radiology 2008). Caricatures: meant to be learnt by a small
 * network in minutes, not to resemble disease closely.
 */
export const CAUSES: Readonly<Record<Finding, (random: Random) => Cause>> = {
  Atelectasis: (random) => {
    const side = random.side();
    const lift = random.between(0.06, 0.09);
    return {
      shape: (anatomy) => {
        anatomy.dome[side < 0 ? 'left' : 'right'] -= lift; // the lung has lost volume
      },
      paint: (chest) => {
        for (let plate = 0; plate < 3; plate++) {
          const y =
            chest.anatomy.dome[side < 0 ? 'left' : 'right'] -
            0.035 -
            plate * 0.045 +
            random.between(-0.008, 0.008);
          const from = { x: chest.anatomy.centre + side * random.between(0.09, 0.14), y: y + 0.01 };
          const to = {
            x: chest.anatomy.centre + side * random.between(0.26, 0.31),
            y: y - random.between(0, 0.02),
          };
          chest.raster.line([from, to], 0.018, 0.34, lungOf(chest, side));
        }
      },
    };
  },
  Cardiomegaly: (random) => {
    const ratio = random.between(0.6, 0.7);
    return { shape: (anatomy) => void (anatomy.heartRatio = ratio) };
  },
  Consolidation: (random) => {
    // A lobe full of fluid: as dense as the heart, ending straight at the fissure, with air in its bronchi.
    const side = random.side();
    const upper = random.next() < 0.5;
    const fissure = random.between(0.4, 0.44);
    return {
      paint: (chest) => {
        const map = lungOf(chest, side);
        const bottom = upper ? fissure : fissure + 0.19;
        const top = upper ? chest.anatomy.apex : fissure;
        fill(chest, map, 0.58, (_, y) => 0.9 * smooth((y - top) / 0.015) * smooth((bottom - y) / 0.015));
        const middle = (Math.max(top, 0.2) + bottom) / 2;
        for (const rise of [-0.05, 0, 0.05]) {
          const from = { x: chest.anatomy.centre + side * 0.1, y: middle + rise * 0.5 };
          const to = { x: chest.anatomy.centre + side * 0.25, y: middle + rise };
          chest.raster.line([from, to], 0.012, -0.2, map, 0.5);
        }
      },
    };
  },
  Edema: (random) => {
    // Both sides, thickest around the hila, sparing the periphery: the bat's wings.
    const strength = random.between(0.22, 0.3);
    return {
      paint: (chest) => {
        for (const side of [-1, 1] as const) {
          const x = chest.anatomy.centre + side * 0.13;
          haze(chest, side, { x, y: 0.47 }, 0.12, 0.17, strength, patchy(random, 14, 0.35));
        }
      },
    };
  },
  Effusion: (random) => {
    const side = random.side();
    const depth = random.between(0.03, 0.14);
    const sides: Side[] = random.next() < 0.25 ? [-1, 1] : [side];
    return {
      paint: (chest) => {
        for (const each of sides) {
          // Fluid fills the angle first and climbs the wall: a meniscus.
          const surface = lungBase(chest.anatomy) - 0.06 - depth;
          fill(chest, lungOf(chest, each), 0.68, (x, y) => {
            const reach = Math.abs(x - chest.anatomy.centre) / chest.anatomy.width;
            return smooth((y - (surface + 0.07 - 0.13 * reach ** 3)) / 0.018);
          });
        }
      },
    };
  },
  Emphysema: (random) => {
    const much = random.between(0.8, 1.1);
    return {
      shape: (anatomy) => {
        anatomy.dome.left += 0.06 * much;
        anatomy.dome.right += 0.05 * much;
        anatomy.domeDrop *= 0.3; // flat diaphragm
        anatomy.width *= 1 + 0.04 * much;
        anatomy.lungDensity -= 0.085 * much;
        anatomy.heartRatio *= 1 - 0.16 * much;
        anatomy.vessels *= 0.55;
      },
    };
  },
  Fibrosis: (random) => {
    return {
      paint: (chest) => {
        for (const side of [-1, 1] as const) {
          for (let strand = 0; strand < 60; strand++) {
            const reach = random.between(0.15, chest.anatomy.width);
            const from = { x: chest.anatomy.centre + side * reach, y: random.between(0.56, 0.8) };
            const angle = random.between(0, Math.PI);
            const to = { x: from.x + 0.045 * Math.cos(angle), y: from.y + 0.045 * Math.sin(angle) };
            chest.raster.line([from, to], 0.007, 0.19, lungOf(chest, side));
          }
        }
      },
    };
  },
  Hernia: (random) => {
    // The stomach behind the heart: a round bubble of air with a wall, above the diaphragm in the middle.
    const radius = random.between(0.06, 0.08);
    const shift = random.between(-0.01, 0.05);
    return {
      paint: (chest) => {
        const x = chest.anatomy.centre + shift;
        const y = chest.anatomy.dome.left - 0.045;
        chest.raster.spot(x, y, radius + 0.014, 0.25, 0.1);
        chest.raster.spot(x, y, radius, 0.2, -0.38);
        fillDisc(chest, x, y, radius, y + radius * 0.35, 0.66);
      },
    };
  },
  Infiltration: (random) => {
    const side = random.side();
    const spots = Array.from({ length: 15 }, () => ({
      across: random.between(0.1, 0.3),
      y: random.between(0.3, 0.68),
      radius: random.between(0.03, 0.05),
    }));
    return {
      paint: (chest) => {
        for (const { across, y, radius } of spots) {
          chest.raster.spot(chest.anatomy.centre + side * across, y, radius, 1, 0.17, lungOf(chest, side));
        }
      },
    };
  },
  Mass: (random) => {
    const place = somewhere(random);
    const radius = random.between(0.055, 0.08);
    return {
      paint: (chest) => {
        const at = place(chest);
        chest.raster.spot(at.x, at.y, radius, 0.3, 0.36, lungOf(chest, at.side));
      },
    };
  },
  Nodule: (random) => {
    const places = Array.from({ length: random.next() < 0.5 ? 2 : 3 }, () => somewhere(random));
    return {
      paint: (chest) => {
        for (const place of places) {
          const at = place(chest);
          chest.raster.spot(at.x, at.y, 0.024, 0.35, 0.42, lungOf(chest, at.side));
        }
      },
    };
  },
  Pleural_Thickening: (random) => {
    const side = random.side();
    const thickness = random.between(0.028, 0.04);
    return {
      paint: (chest) => {
        fill(chest, lungOf(chest, side), 0.66, (_, y, index) => {
          const wavy = thickness * (0.85 + 0.25 * Math.sin(y * 45));
          return smooth((wavy - (chest.fromWall[index] as number)) / 0.01) * smooth((0.7 - y) / 0.1);
        });
      },
    };
  },
  Pneumonia: (random) => {
    const side = random.side();
    const across = random.between(0.19, 0.22);
    const y = random.between(0.6, 0.66);
    return {
      paint: (chest) => {
        const at = { x: chest.anatomy.centre + side * across, y };
        haze(chest, side, at, 0.11, 0.1, 0.36, patchy(random, 18, 0.3));
      },
    };
  },
  Pneumothorax: (random) => {
    const side = random.side();
    const gap = random.between(0.07, 0.11);
    return {
      paint: (chest) => {
        const map = lungOf(chest, side);
        map.forEach((covered, index) => {
          if (covered === 0) return;
          const depth = chest.fromWall[index] as number;
          const air = smooth((gap - depth) / 0.008);
          const visceralPleura = Math.exp(-(((depth - gap - 0.004) / 0.006) ** 2));
          const density = chest.raster.density[index] as number;
          const collapsed = density + 0.05 * covered * smooth((depth - gap) / 0.02);
          chest.raster.density[index] =
            mix(collapsed, mix(density, 0.06, covered), air) + 0.2 * visceralPleura * covered;
          chest.vesselClip[index] = Math.min(chest.vesselClip[index] as number, 1 - air);
        });
      },
    };
  },
};

/** Brings the lung toward a density, where the coverage says so. */
function fill(
  chest: Chest,
  map: Float32Array,
  density: number,
  coverage: (x: number, y: number, index: number) => number,
): void {
  chest.raster.forEach(0, 0, 1, 1, (x, y, index) => {
    const covered = map[index] as number;
    if (covered === 0) return;
    const here = chest.raster.density[index] as number;
    chest.raster.density[index] = Math.max(here, mix(here, density, covered * coverage(x, y, index)));
  });
}

/** The fluid in a bubble: the part of a disc below its level. */
function fillDisc(chest: Chest, x: number, y: number, radius: number, level: number, density: number): void {
  chest.raster.forEach(x - radius, level, x + radius, y + radius, (px, py, index) => {
    const inside =
      smooth((1 - Math.sqrt((px - x) ** 2 + (py - y) ** 2) / radius) / 0.1) * smooth((py - level) / 0.008);
    chest.raster.density[index] = mix(chest.raster.density[index] as number, density, inside);
  });
}

/** An opacity without an edge. */
function haze(
  chest: Chest,
  side: Side,
  at: Point,
  width: number,
  height: number,
  amount: number,
  texture: (x: number, y: number) => number,
): void {
  const map = lungOf(chest, side);
  chest.raster.forEach(
    at.x - 2 * width,
    at.y - 2 * height,
    at.x + 2 * width,
    at.y + 2 * height,
    (x, y, index) => {
      const away = ((x - at.x) / width) ** 2 + ((y - at.y) / height) ** 2;
      const added = amount * Math.exp(-(away ** 1.5)) * texture(x, y) * (map[index] as number);
      chest.raster.density[index] = (chest.raster.density[index] as number) + added;
    },
  );
}

/** A texture around 1: smooth noise with about `cells` blotches across the picture. */
function patchy(random: Random, cells: number, depth: number): (x: number, y: number) => number {
  const lattice = Float32Array.from({ length: (cells + 1) ** 2 }, () => random.between(-1, 1));
  const at = (column: number, row: number) => lattice[row * (cells + 1) + column] as number;
  return (x, y) => {
    const column = Math.min(cells - 1, Math.floor(x * cells));
    const row = Math.min(cells - 1, Math.floor(y * cells));
    const right = smooth(x * cells - column);
    const down = smooth(y * cells - row);
    const upper = mix(at(column, row), at(column + 1, row), right);
    const lower = mix(at(column, row + 1), at(column + 1, row + 1), right);
    return 1 + depth * mix(upper, lower, down);
  };
}

/** A place well inside a lung, clear of the heart. */
function somewhere(random: Random): (chest: Chest) => Point & { side: Side } {
  const side = random.side();
  const height = random.between(0.18, 0.72);
  const across = random.between(0.42, 0.78);
  return ({ anatomy }) => {
    const bottom = side < 0 ? anatomy.dome.left : anatomy.dome.right;
    const y = mix(anatomy.apex, bottom, height);
    const { inner, outer } = lungReach(anatomy, (y - anatomy.apex) / (lungBase(anatomy) - anatomy.apex));
    return { side, y, x: anatomy.centre + side * mix(inner, outer, across) };
  };
}

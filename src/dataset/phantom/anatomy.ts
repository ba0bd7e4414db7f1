import type { Random, Side } from './random.js';

/** The measures of one chest in the unit square; `left` and `right` are those of the picture. */
export interface Anatomy {
  /** Middle of the chest. */
  centre: number;
  /** Top of the lungs. */
  apex: number;
  /** Half the inner width of the chest at its widest. */
  width: number;
  /** Height of the top of the diaphragm, by side of the picture. */
  dome: { left: number; right: number };
  /** How much lower the diaphragm is at the chest wall than at its top. */
  domeDrop: number;
  /** Heart width over chest width; about 0.45 in health, above 0.5 when enlarged. */
  heartRatio: number;
  heartHeight: number;
  lungDensity: number;
  tissueDensity: number;
  ribs: number;
  ribSlope: number;
  ribDensity: number;
  bodyWidth: number;
  /** How strongly vessels show. */
  vessels: number;
}

/** A healthy chest; people differ. */
export function healthyAnatomy(random: Random): Anatomy {
  const dome = random.between(0.715, 0.745);
  return {
    centre: 0.5,
    apex: random.between(0.115, 0.14),
    width: random.between(0.345, 0.375),
    dome: { left: dome, right: dome + random.between(0.015, 0.03) }, // the liver lifts the patient's right side
    domeDrop: random.between(0.1, 0.125),
    heartRatio: random.between(0.42, 0.48),
    heartHeight: random.between(0.155, 0.175),
    lungDensity: random.between(0.19, 0.23),
    tissueDensity: random.between(0.5, 0.58),
    ribs: 9,
    ribSlope: random.between(0.1, 0.16),
    ribDensity: random.between(0.075, 0.105),
    bodyWidth: random.between(0.445, 0.475),
    vessels: random.between(0.8, 1.2),
  };
}

/** The same chest on another day: breath, distance and position differ a little. */
export function posed(anatomy: Anatomy, random: Random): Anatomy {
  const breath = random.between(-0.012, 0.012);
  return {
    ...anatomy,
    centre: anatomy.centre + random.between(-0.015, 0.015),
    apex: anatomy.apex + random.between(-0.01, 0.01),
    width: anatomy.width * random.between(0.975, 1.025),
    dome: { left: anatomy.dome.left + breath, right: anatomy.dome.right + breath },
    heartRatio: anatomy.heartRatio + random.between(-0.012, 0.012),
  };
}

/** How far the lung reaches from the middle, at the share `t` of the way from its top to the base of the chest. */
export function lungReach(anatomy: Anatomy, t: number): { inner: number; outer: number } {
  if (t <= 0) return { inner: APEX, outer: APEX };
  const down = Math.min(t, 1);
  const spread = Math.sqrt(1 - (1 - down) ** 2.8);
  return {
    inner: APEX - (APEX - 0.058) * Math.sqrt(1 - (1 - down) ** 3),
    outer: APEX + (anatomy.width - APEX) * spread,
  };
}

/** Height of the diaphragm at the distance `reach` from the middle of the chest. */
export function diaphragm(anatomy: Anatomy, side: Side, reach: number): number {
  const top = side < 0 ? anatomy.dome.left : anatomy.dome.right;
  const lateral = (reach - DOME_AT) / (anatomy.width - DOME_AT);
  const medial = (DOME_AT - reach) / DOME_AT;
  return top + anatomy.domeDrop * (lateral > 0 ? lateral ** 2.2 : 0.35 * medial ** 2);
}

/** Lowest point of the lungs. */
export function lungBase(anatomy: Anatomy): number {
  return Math.max(anatomy.dome.left, anatomy.dome.right) + anatomy.domeDrop;
}

/** Distance of the lungs' tops from the middle. */
const APEX = 0.135;
/** Distance of the diaphragm's top from the middle. */
const DOME_AT = 0.17;

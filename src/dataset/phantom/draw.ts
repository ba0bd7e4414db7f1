import { healthyAnatomy, posed } from './anatomy.js';
import { CAUSES } from './causes.js';
import { drawBones, drawSoftTissue, drawVessels } from './chest.js';
import { findingsOf } from '../labels.js';
import { Random } from './random.js';

/**
 * Draws one phantom: a frontal chest X-ray of an invented person as size x size uint8 gray, row-major. The same
 * arguments give the same picture; pictures of one patient share their anatomy.
 */
export function drawPhantom(o: {
  seed: number;
  patient: string;
  name: string;
  labels: number;
  size: number;
}): Uint8Array {
  const body = healthyAnatomy(new Random(`${o.seed} body ${o.patient}`));
  const random = new Random(`${o.seed} image ${o.name}`);
  const anatomy = posed(body, random);
  const causes = findingsOf(o.labels).map((finding) => CAUSES[finding](random));
  for (const cause of causes) cause.shape?.(anatomy);
  const chest = drawSoftTissue(anatomy, o.size);
  for (const cause of causes) cause.paint?.(chest);
  drawVessels(chest, random);
  drawBones(chest, random);
  return develop(chest.raster.density, random);
}

/** Density to gray: exposure and contrast differ from film to film, and every detector has noise. */
function develop(density: Float32Array, random: Random): Uint8Array {
  const exposure = random.between(0.94, 1.06);
  const contrast = random.between(0.92, 1.08);
  const noise = random.between(0.008, 0.016);
  const gray = new Uint8Array(density.length);
  for (let i = 0; i < gray.length; i++) {
    const value =
      Math.max(0, exposure * (density[i] as number)) ** contrast * 1.15 + noise * random.triangular();
    gray[i] = Math.round(255 * Math.min(1, Math.max(0, value)));
  }
  return gray;
}

import { FINDINGS, type Finding } from '../../common/index.js';
import type { Entry } from '../entries.js';
import { Random } from './random.js';

/** Share of NIH ChestX-ray14's 112,120 images that show each finding (Wang et al., CVPR 2017). */
const NIH_PREVALENCE: Readonly<Record<Finding, number>> = {
  Atelectasis: 0.103,
  Cardiomegaly: 0.025,
  Consolidation: 0.042,
  Edema: 0.021,
  Effusion: 0.119,
  Emphysema: 0.022,
  Fibrosis: 0.015,
  Hernia: 0.002,
  Infiltration: 0.177,
  Mass: 0.052,
  Nodule: 0.056,
  Pleural_Thickening: 0.03,
  Pneumonia: 0.013,
  Pneumothorax: 0.047,
};

/** The rare findings are drawn at least this often: nobody learns a hernia from two pictures in a thousand. */
export const MINIMUM_PREVALENCE = 0.06;
const HEALTHY_PATIENTS = 0.4;
const IMAGES_PER_PATIENT = [1, 1, 2, 2, 3, 4] as const;

/**
 * Invents the patients, images and labels of a phantom data set, named and labelled as NIH does. A finding mostly
 * stays with a patient over several images, as it does in life; each finding gets its exact share of the images.
 */
export function planPhantoms(o: { images: number; seed: number; minimumPrevalence: number }): Entry[] {
  const random = new Random(`${o.seed} plan`);
  const patients: { name: string; patient: string }[][] = [];
  for (let left = o.images; left > 0;) {
    const wanted = IMAGES_PER_PATIENT[Math.floor(random.next() * IMAGES_PER_PATIENT.length)] as number;
    const count = Math.min(left, wanted);
    const patient = String(patients.length + 1).padStart(8, '0');
    patients.push(
      Array.from({ length: count }, (_, i) => ({
        patient,
        name: `${patient}_${String(i).padStart(3, '0')}.png`,
      })),
    );
    left -= count;
  }
  const labels = new Map<string, number>();
  const sick = random.shuffled(patients).slice(Math.floor(HEALTHY_PATIENTS * patients.length));
  FINDINGS.forEach((finding, index) => {
    const share = Math.max(NIH_PREVALENCE[finding], o.minimumPrevalence);
    const positives = random
      .shuffled(sick)
      .flat()
      .slice(0, Math.max(1, Math.round(share * o.images)));
    for (const { name } of positives) labels.set(name, (labels.get(name) ?? 0) | (1 << index));
  });
  return patients.flat().map((image) => ({ ...image, labels: labels.get(image.name) ?? 0 }));
}

/**
 * The 14 findings of NIH ChestX-ray14 in the order of the model's outputs (alphabetical, as the original's label
 * encoder sorted them). Wang et al., CVPR 2017.
 */
export const FINDINGS = [
  'Atelectasis',
  'Cardiomegaly',
  'Consolidation',
  'Edema',
  'Effusion',
  'Emphysema',
  'Fibrosis',
  'Hernia',
  'Infiltration',
  'Mass',
  'Nodule',
  'Pleural_Thickening',
  'Pneumonia',
  'Pneumothorax',
] as const;

export type Finding = (typeof FINDINGS)[number];

/** What the data set writes when none of the 14 is present. */
export const NO_FINDING = 'No Finding';

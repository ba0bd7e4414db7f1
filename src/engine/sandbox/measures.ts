/** A measure of the launcher (native/sandbox/): whether the system let it be taken, and by what means or why not. */
export interface Measure {
  readonly name: string;
  readonly inForce: boolean;
  readonly detail: string;
}

// What each measure of the launcher comes to for an operator, and what is so without it.
const MEANING: Readonly<Record<string, { with: string; without: string }>> = {
  files: {
    with: 'nothing but its model and pixel cache to read',
    without: 'it can read what this user can, and on a GPU write it',
  },
  calls: {
    with: 'no sockets, programs or writing',
    without: 'it can write files and start programs as this user can',
  },
  network: { with: 'a network of its own', without: 'it shares the network of the machine' },
  privileges: { with: 'no privileges', without: 'it could gain privileges' },
  resources: { with: 'a memory limit', without: 'its memory is watched but not limited' },
};

/** Reads what the launcher prints for `--probe`. */
export function measuresIn(output: string): Measure[] {
  return [...output.matchAll(/^([+-])(\w+) (.*)$/gm)].map(([, sign, name = '', detail = '']) => ({
    name,
    inForce: sign === '+',
    detail,
  }));
}

// A GPU's driver needs local sockets, and files opened for writing: then only the measure on files keeps others unwritten.
const CALLS_BESIDE_GPU = 'no sockets but local ones, no programs';

/** Sentences about what is in force and what is missing. */
export function sentencesOf(
  measures: readonly Measure[],
  { gpu = false } = {},
): { protections: string[]; missing: string[] } {
  const sentence = ({ name, inForce, detail }: Measure) => {
    const meaning = MEANING[name]?.[inForce ? 'with' : 'without'] ?? name;
    return `${gpu && inForce && name === 'calls' ? CALLS_BESIDE_GPU : meaning} (${detail})`;
  };
  return {
    protections: measures.filter(({ inForce }) => inForce).map(sentence),
    missing: missingMeasures(measures).map(sentence),
  };
}

/** The filter of calls refuses sockets too, so that the shared network is out of reach without a namespace. */
function missingMeasures(measures: readonly Measure[]): Measure[] {
  const filtered = measures.some(({ name, inForce }) => name === 'calls' && inForce);
  return measures.filter(({ name, inForce }) => !inForce && !(name === 'network' && filtered));
}

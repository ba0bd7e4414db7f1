// The arrows of docs/architecture.md as a lint rule: a folder of src/ may import only from the folders named here.
// Its own folder is always allowed; src/index.ts, the public face, may import every folder but cli, demo and localnet.

/** @type {Readonly<Record<string, readonly string[]>>} */
export const ALLOWED = {
  cli: ['miner', 'validator', 'doctor', 'demo', 'localnet', 'dataset', 'engine', 'hub', 'chain', 'common'],
  demo: ['miner', 'validator', 'dataset', 'chain', 'common'],
  miner: ['dataset', 'engine', 'hub', 'chain', 'common'],
  validator: ['dataset', 'engine', 'hub', 'chain', 'common'],
  doctor: ['dataset', 'engine', 'hub', 'chain', 'common'],
  dataset: ['engine', 'hub', 'common'],
  engine: ['common'],
  hub: ['common'],
  chain: ['common'],
  localnet: ['common'],
  common: [],
};

const FOLDERS = Object.keys(ALLOWED);

/** ESLint configuration blocks, one a folder, that refuse imports against the arrows. */
export function importDirections() {
  return FOLDERS.flatMap((folder) => {
    const forbidden = FOLDERS.filter((other) => other !== folder && !ALLOWED[folder]?.includes(other));
    if (forbidden.length === 0) return [];
    const group = forbidden.flatMap((other) => [`**/../${other}/*`, `**/../${other}/**`]);
    const message = `src/${folder} may import only ${ALLOWED[folder]?.join(', ') || 'nothing of src'} (docs/architecture.md).`;
    return [
      {
        files: [`src/${folder}/**/*.ts`],
        rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] },
      },
    ];
  });
}

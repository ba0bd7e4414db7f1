// @ts-check
import { parseArgs } from 'node:util';
import { SetupError } from '../setup-error.mjs';
import { COMMON_FLAGS, commonArguments, explained, whole } from './arguments.mjs';
import { OWN_BASELINES } from './contestants.mjs';

export const COMPARE_USAGE = `npm run bench:compare -- --python INTERPRETER [--keras-python INTERPRETER] [options]
  --python FILE        Python with torch, torchvision and timm
  --keras-python FILE  Python with tensorflow and keras
  --baselines FOLDER   with bench_keras.py and bench_torch.py; default: those of this package
  --mode train|eval|both   default both
  --arch, --batch, --size, --threads, --json   as for npm run bench
  --rounds N           default 3
  --steps N            steps of one run; default: by network
  --limit S            seconds for one run of ours; default 30
  --wait S             seconds to wait for an idle machine before each run; default 40
  --earlier FILE       JSON lines of an earlier run, to be counted as well`;

/** @param {readonly string[]} args */
export function parseCompareArguments(args) {
  const { values, positionals } = explained(COMPARE_USAGE, () =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...COMMON_FLAGS,
        python: { type: 'string' },
        'keras-python': { type: 'string' },
        baselines: { type: 'string', default: OWN_BASELINES },
        mode: { type: 'string', default: 'both' },
        rounds: { type: 'string', default: '3' },
        steps: { type: 'string' },
        limit: { type: 'string', default: '30' },
        wait: { type: 'string', default: '40' },
        earlier: { type: 'string' },
      },
    }),
  );
  if (positionals.length > 0)
    throw new SetupError(`Expected no word but received "${positionals[0]}"\n\n${COMPARE_USAGE}`);
  if (!['train', 'eval', 'both'].includes(values.mode)) {
    throw new SetupError(
      `Expected --mode to be train, eval or both but received "${values.mode}"\n\n${COMPARE_USAGE}`,
    );
  }
  return {
    modes: values.mode === 'both' ? ['train', 'eval'] : [values.mode],
    // No round: a table of earlier runs.
    rounds: values.rounds === '0' ? 0 : whole('--rounds', values.rounds, COMPARE_USAGE),
    wait: values.wait === '0' ? 0 : whole('--wait', values.wait, COMPARE_USAGE),
    earlier: values.earlier,
    python: values.python,
    kerasPython: values['keras-python'],
    baselines: values.baselines,
    steps: values.steps === undefined ? undefined : whole('--steps', values.steps, COMPARE_USAGE),
    limit: whole('--limit', values.limit, COMPARE_USAGE),
    ...commonArguments(values, COMPARE_USAGE),
  };
}

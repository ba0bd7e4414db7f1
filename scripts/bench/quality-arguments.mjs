// @ts-check
import { parseArgs } from 'node:util';
import { SetupError } from '../setup-error.mjs';
import { explained, whole } from './arguments.mjs';

export const QUALITY_USAGE = `npm run bench:quality -- --dataset FOLDER [--python INTERPRETER] [options]
  --dataset FOLDER   with Data_Entry.csv and images/
  --python FILE      Python with torch, torchvision, timm and safetensors; without it only fp32 and bf16 are compared
  --network res18|mobile50|mobile25   default res18
  --size N           side of the images in pixels; default 64
  --seeds N          runs of each; default 5
  --epochs N         default 4
  --batch N          default 32
  --rate X           Adam's learning rate; default 0.0003
  --threads N        default: the engine's
  --json             only the JSON lines, no tables`;

const NETWORKS = /** @type {const} */ ({
  res18: { architecture: 'res', options: { layers: 18 } },
  mobile50: { architecture: 'mobile', options: { width: 0.5 } },
  mobile25: { architecture: 'mobile', options: { width: 0.25 } },
});

/** @param {readonly string[]} args */
export function parseQualityArguments(args) {
  const { values, positionals } = explained(QUALITY_USAGE, () =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        dataset: { type: 'string' },
        python: { type: 'string' },
        network: { type: 'string', default: 'res18' },
        size: { type: 'string', default: '64' },
        seeds: { type: 'string', default: '5' },
        epochs: { type: 'string', default: '4' },
        batch: { type: 'string', default: '32' },
        rate: { type: 'string', default: '0.0003' },
        threads: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    }),
  );
  if (values.dataset === undefined || positionals.length > 0)
    throw new SetupError(`Expected --dataset\n\n${QUALITY_USAGE}`);
  if (!(values.network in NETWORKS)) {
    throw new SetupError(
      `Expected --network to be one of ${Object.keys(NETWORKS).join(', ')}\n\n${QUALITY_USAGE}`,
    );
  }
  const rate = Number(values.rate);
  if (!(rate > 0 && rate < 1))
    throw new SetupError(`Expected --rate in 0..1 but received "${values.rate}"\n\n${QUALITY_USAGE}`);
  return {
    dataset: values.dataset,
    python: values.python,
    network: NETWORKS[/** @type {keyof typeof NETWORKS} */ (values.network)],
    size: whole('--size', values.size, QUALITY_USAGE),
    seeds: whole('--seeds', values.seeds, QUALITY_USAGE),
    epochs: whole('--epochs', values.epochs, QUALITY_USAGE),
    batch: whole('--batch', values.batch, QUALITY_USAGE),
    rate,
    threads: values.threads === undefined ? undefined : whole('--threads', values.threads, QUALITY_USAGE),
    json: values.json,
  };
}

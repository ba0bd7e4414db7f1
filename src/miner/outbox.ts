import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { modelDigest } from '../chain/index.js';
import { type Hotkey, sha256File, syncFolder, writeFileAtomic } from '../common/index.js';
import { MODEL_FILES, modelCard, modelConfig, modelMetrics, type ModelReport } from '../hub/index.js';
import type { ModelFacts } from './publication.js';

/** Folders with the models that wait to be published, each complete from the moment it has its name. */
export class Outbox {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Writes a model's folder: weights by `saveWeights`, then config.json, README.md and metrics.json. */
  async save(o: {
    report: Omit<ModelReport, 'commitment'>;
    netuid: number;
    hotkey: Hotkey;
    saveWeights: (path: string) => Promise<void>;
    now: Date;
  }): Promise<ModelFacts> {
    const { epoch } = o.report.training;
    const folder = `epoch-${epoch}-${o.now.getTime()}`;
    const draft = join(this.#directory, `${folder}.part`);
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    const weights = join(draft, MODEL_FILES.weights);
    await o.saveWeights(weights);
    const weightsSha256 = await sha256File(weights);
    const report: ModelReport = {
      ...o.report,
      commitment: {
        netuid: o.netuid,
        hotkey: o.hotkey,
        digest: modelDigest(weightsSha256, o.hotkey),
        weightsSha256,
      },
    };
    const { training, dataset } = report;
    const config = modelConfig(report.spec, { ...training, dataset: dataset.name });
    await writeFileAtomic(join(draft, MODEL_FILES.config), config);
    await writeFileAtomic(join(draft, MODEL_FILES.card), modelCard(report));
    await writeFileAtomic(join(draft, MODEL_FILES.metrics), modelMetrics(report));
    await rename(draft, join(this.#directory, folder));
    await syncFolder(this.#directory);
    return { folder, epoch, loss: report.evaluation.loss, weightsSha256 };
  }

  /** The files of a saved model, as a hub commit wants them. */
  files(folder: string): { path: string; content: URL }[] {
    return Object.values(MODEL_FILES).map((path) => ({
      path,
      content: pathToFileURL(join(this.#directory, folder, path)),
    }));
  }

  /** Removes every folder but the needed ones. */
  async keepOnly(needed: ReadonlySet<string>): Promise<void> {
    const present = await readdir(this.#directory).catch(() => []);
    for (const name of present) {
      if (!needed.has(name)) await rm(join(this.#directory, name), { recursive: true, force: true });
    }
  }
}

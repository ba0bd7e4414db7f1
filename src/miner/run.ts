import { basename } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { type Chain, connectChain, endOnStandstill, type KeyOpening, loadHotkey } from '../chain/index.js';
import { Closing, type Hotkey, type Log } from '../common/index.js';
import { lockState } from '../common/state-lock.js';
import { splitByPatient } from '../dataset/index.js';
import { gpusOf, leads, openDevice } from '../engine/index.js';
import { Hub } from '../hub/index.js';
import { followMiner } from './follow.js';
import { logHeader } from './header.js';
import { Outbox } from './outbox.js';
import { checkCommitmentFits, checkHub, checkRegistration } from './preflight.js';
import { readPublications } from './publication-file.js';
import {
  again,
  type Destination,
  forDestination,
  noPublications,
  type PublicationState,
} from './publication.js';
import { Publisher } from './publisher.js';
import { standingCommitment } from './publish-steps.js';
import { recipeText } from './recipe-text.js';
import type { MinerSettings } from './settings.js';
import {
  hasCheckpoint,
  minerStateDirectory,
  minerStateFiles,
  prepareStateDirectory,
} from './state-directory.js';
import { endText, train } from './training.js';
import { featureFolder, openData } from './open-data.js';
import { openTraining } from './open-training.js';
import { seedOf } from './seed.js';
import { trainingPlan } from './training-plan.js';
import { describeStart, trainingStart } from './training-start.js';

// Two or three blocks: what was pushed but not committed would leave the repository closed until the next run.
const STOP_GRACE_MS = 30_000;

/**
 * Runs a miner until `settings.numEpochs` epochs are trained and published, or the signal is aborted, which is not an
 * error: the checkpoint is saved and what is not published yet is on disk for the next run.
 * @throws HealthTensorError when it cannot start, or cannot go on
 */
export async function runMiner(
  settings: MinerSettings,
  { log, signal: stop, opening }: { log: Log; signal?: AbortSignal; opening?: KeyOpening },
): Promise<void> {
  const { endpoints, netuid, wallet, launch = { kind: 'here' } } = settings;
  if (launch.kind === 'member' && !leads(launch)) {
    return await followMiner(settings, launch, { log, signal: stop });
  }
  // Training goes on while no node can be reached.
  const { signal, onStandstill } = endOnStandstill(stop, 'while-connected');
  const { repo, endpoint, token, downloadHosts } = settings.hub;
  checkCommitmentFits(repo);
  const directory = minerStateDirectory(settings);
  const files = minerStateFiles(directory);
  const hub = new Hub({ endpoint, token, downloadHosts, log });
  const closing = new Closing();
  closing.add(() => hub.close());
  try {
    const signer = await loadHotkey(wallet, { log, signal, ...opening });
    const hotkey = signer.address as Hotkey;
    const seed = settings.seed ?? seedOf(hotkey);
    const chain = await connectChain({ endpoints, log, signal, onStandstill });
    closing.add(() => chain.close());
    const uid = await checkRegistration(chain, { netuid, hotkey, wallet });
    await checkHub(hub, { token, repo, ...(signal ? { signal } : {}) });
    const device = await openDevice(settings.device, gpusOf(launch));
    if (device.warning !== undefined) log.warning(device.warning);

    const aside = await prepareStateDirectory(directory, { restart: settings.restart, now: new Date() });
    if (aside !== undefined) log.info(`Starting afresh; the earlier state is now in ${aside}`);
    closing.add(lockState(directory));
    chain.keepJournal(files.submissions);
    await mkdir(files.outbox, { recursive: true });

    const start = await trainingStart({
      spec: settings.spec,
      source: settings.pretrained,
      file: files.start,
      hasCheckpoint: await hasCheckpoint(files),
      hub,
      cacheDirectory: settings.pretrainedCache,
      log,
      signal,
    });
    const plan = trainingPlan({
      mode: settings.trainingMode,
      pretrained: start.record.pretrained !== undefined,
      changes: settings.recipe,
      device,
      numEpochs: settings.numEpochs,
    });
    for (const remark of plan.remarks) log.warning(remark);

    const dataset = await openData(settings, log, signal);
    const split = splitByPatient(dataset.images, { ...settings, seed });
    const featureCache = featureFolder(dataset);
    if (plan.recipe.backboneRate === 0) await mkdir(featureCache, { recursive: true });
    const trainer = await openTraining(
      {
        spec: start.spec,
        cachePath: dataset.cachePath,
        trainIndices: split.train,
        validationIndices: split.validation,
        batchSize: settings.batchSize,
        recipe: plan.recipe,
        seed,
        device,
        checkpointPath: files.checkpoint,
        resume: true,
        featureCache,
        ...(start.record.pretrained === undefined ? {} : { pretrained: start.record.pretrained.file }),
      },
      launch,
      { log, signal },
    );
    closing.add(() => trainer.dispose());
    if (trainer.note !== undefined) log.warning(trainer.note);

    const destination = { genesisHash: await chain.blockHash(0), netuid, hotkey, hub: hub.endpoint, repo };
    const outbox = new Outbox(files.outbox);
    const publisher = new Publisher({
      destination,
      outbox,
      hub,
      chain,
      signer,
      log,
      file: files.publications,
      intervalMs: settings.publishInterval * 1000,
      state: await publicationState(files.publications, destination, chain, log),
    });
    closing.add(() => publisher.stop(stop?.aborted ? STOP_GRACE_MS : 0));
    logHeader(
      {
        settings,
        uid,
        hotkey,
        seed,
        device,
        dataset,
        split,
        trainer,
        plan,
        start,
        directory,
        publications: publisher.state,
      },
      log,
    );
    publisher.resume();

    const end = await train({
      trainer,
      patience: plan.patience,
      batchSize: settings.batchSize,
      accumulate: plan.recipe.accumulate,
      numEpochs: settings.numEpochs,
      saveModelPeriod: settings.saveModelPeriod,
      history: files.history,
      bestLoss: () => publisher.bestLoss,
      onBest: async ({ epoch, trainLoss, evaluation }) => {
        const facts = await outbox.save({
          report: {
            repo,
            spec: start.spec,
            parameters: trainer.parameters,
            evaluation,
            training: {
              images: split.train.length,
              epoch,
              loss: trainLoss,
              batchSize: settings.batchSize,
              learningRate: plan.recipe.learningRate,
              seed,
              device: device.description,
              mode: settings.trainingMode,
              precision: plan.recipe.precision,
              recipe: { text: recipeText(plan.recipe), values: plan.recipe },
              start: describeStart(start.record),
            },
            dataset: { name: basename(dataset.path), fingerprint: dataset.fingerprint },
          },
          netuid,
          hotkey,
          saveWeights: (path) => trainer.saveWeights(path),
          now: new Date(),
        });
        await publisher.submit(facts);
      },
      log,
      ...(signal ? { signal } : {}),
    });
    log.info(`${endText(end, trainer.standing(), plan.patience)} Waiting for the last publication.`);
    await drainUnlessAborted(publisher, signal);
    log.success(`Done. The best validation loss is ${publisher.bestLoss.toFixed(6)}.`);
  } catch (error) {
    if (!(stop?.aborted && error === stop.reason)) throw error;
    log.info('Stopped. The checkpoint is saved; start again to go on.');
  } finally {
    await closing.closeAll(log);
  }
}

/** What earlier runs published or left unfinished; sent again when the chain no longer counts the commitment. */
async function publicationState(
  file: string,
  destination: Destination,
  chain: Chain,
  log: Log,
): Promise<PublicationState> {
  const stored = await readPublications(file);
  const state = stored === undefined ? noPublications(destination) : forDestination(stored, destination);
  if (state.published === undefined || (await standingCommitment(chain, destination)) !== undefined)
    return state;
  log.warning('The chain has no commitment of this registration: the best model is published again.');
  return again(state);
}

/** Waits for the last publication; an abort ends the wait with its reason. */
async function drainUnlessAborted(publisher: Publisher, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  let stopWaiting: (() => void) | undefined;
  const aborted = new Promise<void>((resolve) => {
    stopWaiting = resolve;
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([publisher.drain(), aborted]);
    signal?.throwIfAborted();
  } finally {
    stopWaiting?.();
  }
}

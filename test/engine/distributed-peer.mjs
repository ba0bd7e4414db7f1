// A process of a group, as built: node distributed-peer.mjs <what> <JSON>. Prints a line when something has happened.
//   train    takes part in two epochs without being told to, so that it can save its own weights to `weights`
//   follow   what a launcher's process of rank > 0 does
//   lead     opens a training with --nproc 2 and trains until it is killed; prints the other process' number
import { readdirSync, readFileSync } from 'node:fs';
import { followTraining, openDevice, openTraining, ProcessGroup, Trainer } from '../../dist/engine/index.js';
import { silentLog } from '../../dist/common/index.js';

const [what, text] = process.argv.slice(2);
const task = JSON.parse(text, (key, value) => (key.endsWith('Indices') ? Uint32Array.from(value) : value));
const device = await openDevice({ kind: 'cpu', threads: 1 });

async function train() {
  const group = await ProcessGroup.open(task.group);
  await group.join(device);
  const trainer = await Trainer.open({ ...task.options, device, group });
  console.log('joined');
  for (let epoch = 0; epoch < 2; epoch += 1) {
    await trainer.trainEpoch();
    await trainer.validate();
  }
  await trainer.saveWeights(task.weights);
  trainer.dispose();
}

async function follow() {
  await followTraining(task.launch, { device, cachePath: task.cachePath, timeoutMs: task.timeoutMs });
  console.log('told to end');
}

async function lead() {
  const trainer = await openTraining(
    { ...task.options, device },
    { kind: 'here', processes: 2 },
    { log: silentLog },
  );
  for (;;) await trainer.trainEpoch({ onProgress: () => console.log(`child ${children().join()}`) });
}

/** Processes whose parent is this one. */
function children() {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(process.pid)
      );
    } catch {
      return false;
    }
  });
}

try {
  await { train, follow, lead }[what]();
} catch (error) {
  console.log(`failed ${error.code}: ${error.message}`);
  process.exitCode = 1;
}

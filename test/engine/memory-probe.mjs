// What a training and its end do to the memory of a process that does nothing else; run by memory.test.ts.
// Arguments: the engine's module, and options as JSON. Prints one line of JSON.
const { Trainer, evaluateWeights } = await import(process.argv[2]);
const { images, weightsPath, ...given } = JSON.parse(process.argv[3]);
const all = Uint32Array.from({ length: images }, (_, row) => row);
const options = { ...given, trainIndices: all, validationIndices: all };

const before = process.memoryUsage.rss();
const trainer = await Trainer.open(options);
await trainer.trainEpoch();
await trainer.validate();
const faultsBefore = process.resourceUsage().minorPageFault;
for (let epoch = 0; epoch < 5; epoch += 1) await trainer.trainEpoch();
await trainer.validate();
const faults = process.resourceUsage().minorPageFault - faultsBefore;
await trainer.saveWeights(weightsPath);
const held = process.memoryUsage.rss() - before;

trainer.dispose();
// The engine works in order: when this has been answered, the trainer is gone.
const verdicts = [];
for (let repeat = 0; repeat < 3; repeat += 1) {
  verdicts.push((await evaluateWeights({ ...options, weightsPath, indices: all })).ok);
}
const left = process.memoryUsage.rss() - before;
// The shortest of some: on a busy machine anything takes long now and then.
let disposeMs = Infinity;
for (let repeat = 0; repeat < 4; repeat += 1) {
  const another = await Trainer.open(options);
  await another.trainEpoch();
  const start = performance.now();
  another.dispose();
  disposeMs = Math.min(disposeMs, performance.now() - start);
}
process.stdout.write(`${JSON.stringify({ faults, held, left, disposeMs, verdicts })}\n`);

// How the memory of a process grows over many steps of a training; run by leak.test.ts.
// Arguments: the engine's module, and options as JSON. Prints one line of JSON: the resident bytes after each epoch.
const { Trainer } = await import(process.argv[2]);
const { images, epochs, ...options } = JSON.parse(process.argv[3]);
const all = Uint32Array.from({ length: images }, (_, row) => row % 40);
const trainer = await Trainer.open({ ...options, trainIndices: all, validationIndices: all.subarray(0, 40) });
const resident = [];
for (let epoch = 0; epoch < epochs; epoch += 1) {
  await trainer.trainEpoch();
  await trainer.validate();
  globalThis.gc();
  resident.push(process.memoryUsage.rss());
}
trainer.dispose();
process.stdout.write(`${JSON.stringify({ resident })}\n`);

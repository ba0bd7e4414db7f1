// A process, as built, that has no file descriptor left when it wants a worker; prints what it is told, and what once it has.
import { closeSync, openSync } from 'node:fs';
import { EvaluationWorkers } from '../../../dist/validator/isolation/evaluation-workers.js';
import { silentLog } from '../../../dist/common/index.js';
import { openDevice } from '../../../dist/engine/index.js';

const [program, folder] = process.argv.slice(2);
const device = await openDevice({ kind: 'cpu', threads: 1 });
const workers = await EvaluationWorkers.open({ device, log: silentLog, program });
const inspect = () => workers.inspect({ spec: {}, weightsPath: `${folder}/pid` });
const held = [];
try {
  for (;;) held.push(openSync('/dev/null'));
} catch {
  closeSync(held.pop());
}
const told = await inspect().catch((error) => error);
for (const descriptor of held) closeSync(descriptor);
console.log(`${told.name} ${told.code}: ${told.message}; then ${(await inspect()).code}`);
await workers.close();

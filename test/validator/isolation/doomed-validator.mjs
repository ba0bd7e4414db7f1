// A process, as built, with a worker that is busy for ever; prints the worker's process number and waits to be killed.
import { setImmediate } from 'node:timers';
import { EvaluationWorkers } from '../../../dist/validator/isolation/evaluation-workers.js';
import { silentLog } from '../../../dist/common/index.js';
import { openDevice } from '../../../dist/engine/index.js';

const [program, folder] = process.argv.slice(2);
const device = await openDevice({ kind: 'cpu', threads: 1 });
const workers = await EvaluationWorkers.open({ device, folders: [folder], log: silentLog, program });
const { detail } = await workers.inspect({ spec: {}, weightsPath: `${folder}/pid` });
void workers.inspect({ spec: {}, weightsPath: `${folder}/spin` });
// Once the frame is on its way.
setImmediate(() => console.log(`worker ${detail}`));

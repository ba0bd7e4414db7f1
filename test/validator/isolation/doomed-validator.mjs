// A process, as built, with a worker that is busy for ever; prints the worker's process number and waits to be killed.
import { EvaluationWorkers } from '../../../dist/validator/isolation/evaluation-workers.js';
import { silentLog } from '../../../dist/common/index.js';
import { openDevice } from '../../../dist/engine/index.js';
import { childrenOf } from '../../support/child-processes.mjs';

const [program, folder] = process.argv.slice(2);
const device = await openDevice({ kind: 'cpu', threads: 1 });
const workers = await EvaluationWorkers.open({ device, log: silentLog, program });
await workers.evaluate({
  spec: {},
  weightsPath: `${folder}/spin`,
  cachePath: `${folder}/pixels`,
  indices: Uint32Array.of(0),
  onProgress: () => void childrenOf(process.pid).then(([worker]) => console.log(`worker ${worker}`)),
});

import { evaluateWeights, inspectWeights, weightsDistance } from '../../engine/index.js';
import { serve } from './serve.js';

// The process that opens strangers' files (see evaluation-workers.ts). It knows no wallet and no token.
serve({
  inspect: (task) => inspectWeights(task),
  evaluate: (task, device, control) => evaluateWeights({ ...task, device, ...control }),
  distance: (task) => weightsDistance(task),
});

import { join } from 'node:path';
import { writeFiles } from './fake-torch.js';

/**
 * Puts a cmake-js into a scratch package that writes down how it was called (calls.json: a list of arguments and chosen
 * variables) and then runs `body`, JavaScript in which `command` is configure or build and `out` the build folder.
 */
export async function fakeCmakeJs(root: string, body: string): Promise<void> {
  await writeFiles(root, {
    'node_modules/cmake-js/package.json': '{ "name": "cmake-js" }',
    'node_modules/cmake-js/bin/cmake-js': `
      const fs = require('node:fs'), path = require('node:path');
      const [command, ...options] = process.argv.slice(2);
      const out = options[options.indexOf('--out') + 1];
      const { MAKEFLAGS, CXX } = process.env;
      const file = ${JSON.stringify(join(root, 'calls.json'))};
      const calls = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : [];
      fs.writeFileSync(file, JSON.stringify([...calls, { command, options, MAKEFLAGS, CXX }]));
      ${body}`,
  });
}

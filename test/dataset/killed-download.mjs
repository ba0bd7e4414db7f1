// Downloads a data set and kills its own process before the n-th change of the disk.
// node killed-download.mjs COMPILED ROOT REPO REVISION N
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { folderHub } from './folder-hub.mjs';

const [compiled, root, repo, revision, killAt] = process.argv.slice(2);
let changes = 0;
for (const name of ['copyFile', 'link', 'mkdir', 'open', 'rename', 'rm', 'writeFile']) {
  const original = fs[name];
  fs[name] = (...given) => {
    changes += 1;
    if (changes === Number(killAt)) process.kill(process.pid, 'SIGKILL');
    return original(...given);
  };
}
syncBuiltinESMExports();

const { downloadDataset } = await import(pathToFileURL(join(compiled, 'src/dataset/download.js')).href);
await downloadDataset({ hub: folderHub(join(root, 'repo'), revision), repo, path: join(root, 'data') });

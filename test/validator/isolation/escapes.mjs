// What code of a stranger would try in a process of ours.
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';

/** Files that attempts begin from; the first is what nobody else may read. */
export const VICTIMS = ['hotkey', 'truncated', 'renamed', 'removed', 'linked', 'mode', 'times'];

async function opened(emitter, event) {
  try {
    await once(emitter, event);
  } finally {
    (emitter.destroy ?? emitter.close).call(emitter);
  }
}

function run(file, args) {
  const { error, status } = spawnSync(file, args);
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`status ${status}`);
}

/**
 * Attempts by name; each throws when it fails. `outside` holds the victims and a socket, `inside` the file that may be read,
 * `port` is open on the loopback, `victim` is the process to get at.
 */
function attempts({ outside, inside, port, victim }) {
  const at = (name) => join(outside, name);
  return {
    'read a file outside': () => fs.readFileSync(at('hotkey')),
    'read the model beside its own': () => fs.readFileSync(join(inside, 'other')),
    'list the models': () => fs.readdirSync(inside),
    'read it by a link from inside': () => fs.readFileSync(join(inside, 'link')),
    'read it by way of the own process': () => fs.readFileSync(`/proc/self/root${at('hotkey')}`),
    'list a folder outside': () => fs.readdirSync(outside),
    'read the environment of another process': () => fs.readFileSync(`/proc/${victim}/environ`),
    'read the memory of another process': () => fs.closeSync(fs.openSync(`/proc/${victim}/mem`)),
    'write a file outside': () => fs.writeFileSync(at('new'), 'x'),
    'write a file inside': () => fs.writeFileSync(join(inside, 'new'), 'x'),
    'append to a file': () => fs.appendFileSync(at('hotkey'), 'x'),
    'truncate a file': () => fs.truncateSync(at('truncated')),
    'rename a file': () => fs.renameSync(at('renamed'), at('renamed-away')),
    'remove a file': () => fs.unlinkSync(at('removed')),
    'make a folder': () => fs.mkdirSync(at('folder')),
    'make a symbolic link': () => fs.symlinkSync('hotkey', at('symbolic')),
    'make a hard link': () => fs.linkSync(at('linked'), at('hard')),
    "change a file's mode": () => fs.chmodSync(at('mode'), 0o777),
    "change a file's times": () => fs.utimesSync(at('times'), 1, 1),
    'connect by TCP': () => opened(net.connect(port, '127.0.0.1'), 'connect'),
    'listen on TCP': () => opened(net.createServer().listen(0, '127.0.0.1'), 'listening'),
    'send by UDP': () => opened(createSocket('udp4').bind(0, '127.0.0.1'), 'listening'),
    'connect to a local socket': () => opened(net.connect(at('socket')), 'connect'),
    'listen on an abstract socket': () =>
      opened(net.createServer().listen(`\0ht-${process.pid}`), 'listening'),
    'start a program': () => run('/bin/true', []),
    'start Node.js': () => run(process.execPath, ['-e', '']),
    'signal another process': () => process.kill(victim, 0),
    "change another process' priority": () => setPriority(victim, getPriority(victim)),
  };
}

/** Of each attempt 'done', or the code of the system's refusal. */
export async function outcomes(o) {
  const found = {};
  for (const [name, attempt] of Object.entries(attempts(o))) {
    try {
      await attempt();
      found[name] = 'done';
    } catch (error) {
      found[name] = error.info?.code ?? error.code ?? error.message;
    }
  }
  return found;
}

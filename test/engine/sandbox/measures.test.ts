import { describe, expect, test } from '@jest/globals';
import { measuresIn, sentencesOf } from '../../../src/engine/sandbox/measures.js';

const WITHOUT_LANDLOCK = `+resources setrlimit
-network no namespaces: Operation not permitted
+privileges no_new_privs
-files Landlock: the kernel does not offer it: Function not implemented
+calls seccomp
`;

describe('the measures of the sandbox', () => {
  test('are told as what is in force and what is missing, with the reason', () => {
    const { protections, missing } = sentencesOf(measuresIn(WITHOUT_LANDLOCK));
    expect(protections).toEqual([
      'a memory limit (setrlimit)',
      'no privileges (no_new_privs)',
      'no sockets, programs or writing (seccomp)',
    ]);
    expect(missing).toEqual([
      'it can read what this user can, and on a GPU write it (Landlock: the kernel does not offer it: Function not implemented)',
    ]);
  });

  test('promise less where a GPU is used', () => {
    expect(sentencesOf(measuresIn('+calls seccomp\n'), { gpu: true }).protections).toEqual([
      'no sockets but local ones, no programs (seccomp)',
    ]);
  });

  test('miss the network of their own only where sockets are not refused either', () => {
    const { missing } = sentencesOf(measuresIn('-network no namespaces\n-calls seccomp: Invalid argument\n'));
    expect(missing).toEqual([
      'it shares the network of the machine (no namespaces)',
      'it can write files and start programs as this user can (seccomp: Invalid argument)',
    ]);
  });
});

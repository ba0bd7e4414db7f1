import { readFile } from 'node:fs/promises';
import { HealthTensorError, messageOf, writeFileAtomic } from '../common/index.js';
import type { PublicationState } from './publication.js';

/** Reads publications.json; undefined when there is none. @throws HealthTensorError STATE_DAMAGED */
export async function readPublications(path: string): Promise<PublicationState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw damaged(path, messageOf(error), error);
  }
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (error) {
    throw damaged(path, messageOf(error), error);
  }
  // It is only ever written whole and by us: the version tells whether it is ours to read.
  const { version, destination } = (state ?? {}) as Partial<PublicationState>;
  if (version !== 1 || typeof destination !== 'object') throw damaged(path, 'not of version 1');
  return state as PublicationState;
}

/** Writes publications.json as a whole or not at all. */
export function writePublications(path: string, state: PublicationState): Promise<void> {
  return writeFileAtomic(path, `${JSON.stringify(state, undefined, 2)}\n`, 0o600);
}

function damaged(path: string, why: string, cause?: unknown): HealthTensorError {
  return new HealthTensorError('STATE_DAMAGED', `${path} cannot be read: ${why}`, {
    remedy: 'Put a backup in its place, or start with --restart, which moves the state aside.',
    cause,
  });
}

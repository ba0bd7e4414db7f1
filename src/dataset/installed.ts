import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HealthTensorError, type Log, parseRevision, type RepoId, type Revision } from '../common/index.js';
import { type Marker, readMarker, whatLiesAt } from './marker.js';
import { asOnlyWriter, placeOf, stagingOf } from './place.js';
import { putInPlace, setAside } from './put-in-place.js';
import { stagedMarker } from './stage.js';

/** What a data set folder that was downloaded is. */
export interface InstalledDataset {
  readonly repo: RepoId;
  readonly revision: Revision;
  readonly images: number;
  /** SHA-256 (hex) over the list and archives that it was made of; unknown for what an older version downloaded. */
  readonly content: string | undefined;
}

/**
 * What lies at the path when it came from the Hub; undefined when there is nothing, or it did not. A version that a killed
 * process had moved aside, or had not yet moved in, is put there first: no hub is needed for that.
 */
export async function installedDataset(o: {
  readonly path: string;
  readonly repo: RepoId;
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
  /** False: another process that is at it is not waited for. */
  readonly patient?: boolean;
}): Promise<InstalledDataset | undefined> {
  const path = await placeOf(o.path);
  if ((await isFree(path)) || (await setAside(path)).length > 0) {
    await asOnlyWriter(path, o, async () => {
      const staged = await stagedMarker(path);
      if (staged?.source['repo'] === o.repo && (await isFree(path))) await putInPlace(stagingOf(path), path);
    }).catch((error: unknown) => {
      if (!(error instanceof HealthTensorError && error.code === 'LOCK_HELD')) throw error;
    });
  }
  const marker = await readMarker(path);
  return marker && installedOf(marker);
}

async function isFree(path: string): Promise<boolean> {
  const inFolder = await stat(dirname(path)).catch(() => undefined);
  return inFolder !== undefined && (await whatLiesAt(path).catch(() => undefined))?.kind === 'nothing';
}

function installedOf({ source, counts, content }: Marker): InstalledDataset | undefined {
  const { kind, repo, revision } = source;
  const parsed = parseRevision(String(revision));
  if (kind !== 'hub' || parsed === undefined) return undefined;
  return { repo: repo as RepoId, revision: parsed, images: counts['images'] ?? 0, content };
}

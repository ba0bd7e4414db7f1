import { FINDINGS } from '../common/index.js';
import type { DatasetReport } from './check.js';
import type { DuplicateGroup } from './duplicate-groups.js';

/** Something to say about a data set; `examples` are lines of their own. */
export interface Remark {
  readonly text: string;
  readonly examples: readonly string[];
}

/** What has to be mended before the figures of a model on this data mean what they seem to. */
export function problemsOf(report: DatasetReport): Remark[] {
  const { badRows, missing, unreadable, blank, duplicates, overlap } = report;
  const remarks: (Remark | undefined)[] = [
    remark(
      badRows.map(({ line, reason }) => `line ${line}: ${reason}`),
      'rows of Data_Entry.csv left out',
    ),
    remark(missing, 'images missing'),
    remark(
      unreadable.map(({ name, reason }) => `${name}: ${reason}`),
      'images unreadable',
    ),
    remark(blank, 'images of one gray'),
    ofGroups(duplicates.filter(isAcrossSets), 'pictures that are in both data sets'),
    ofGroups(
      duplicates.filter((group) => !isAcrossSets(group) && group.severalPatients),
      'pictures that belong to several patients',
    ),
    ofGroups(
      duplicates.filter((group) => isPlain(group) && group.labelsDiffer),
      'pictures with contradicting labels',
    ),
    ofGroups(
      duplicates.filter((group) => isPlain(group) && !group.labelsDiffer && hasCopies(group)),
      'files that are there more than once',
    ),
    remark(overlap?.patients ?? [], `patients on both sides of ${overlap?.with}`),
    remark(overlap?.images ?? [], `image names on both sides of ${overlap?.with}`),
  ];
  return remarks.filter((one) => one !== undefined);
}

/** What is worth knowing but may well be as it should. */
export function notesOf(report: DatasetReport): Remark[] {
  const absent = FINDINGS.filter((finding) => report.positives[finding] === 0);
  const remarks: (Remark | undefined)[] = [
    report.patients === 1 && report.readable > 1
      ? plain('only one patient: names should be <patient>_<number>.png, or it cannot be split')
      : undefined,
    absent.length > 0 ? plain(`no image shows ${absent.join(', ')}`) : undefined,
    report.unlisted > 0
      ? plain(`files in images/ that Data_Entry.csv does not list: ${report.unlisted}`)
      : undefined,
    ofGroups(
      report.duplicates.filter((group) => isPlain(group) && !group.labelsDiffer && !hasCopies(group)),
      'pictures of one patient that are nearly the same, with the same labels',
    ),
    ofGroups(
      report.lookAlikes.filter((group) => !isPlain(group)),
      'groups of several patients or sets that look alike (see for yourself: --sheet)',
    ),
    ofGroups(report.lookAlikes.filter(isPlain), 'groups of one patient that look alike'),
    report.phantoms ? plain('drawn phantoms: only exact copies are looked for') : undefined,
    report.fromCache
      ? plain('pixels from the pixel cache: the files themselves were not decoded')
      : undefined,
  ];
  return remarks.filter((one) => one !== undefined);
}

function isAcrossSets({ images }: DuplicateGroup): boolean {
  return images.some((image) => image.in === 'this') && images.some((image) => image.in === 'other');
}

/** One patient of one set. */
function isPlain(group: DuplicateGroup): boolean {
  return !isAcrossSets(group) && !group.severalPatients;
}

function hasCopies({ images }: DuplicateGroup): boolean {
  return images.some(({ copyOf }) => copyOf !== undefined);
}

function ofGroups(groups: readonly DuplicateGroup[], what: string): Remark | undefined {
  const line = ({ images, similarity }: DuplicateGroup) => {
    const shown = images.slice(0, 4).map((image) => {
      const copy = image.copyOf === undefined ? '' : ` = ${image.copyOf}`;
      return `${image.in === 'other' ? 'other/' : ''}${image.name}${copy}`;
    });
    const more = images.length > 4 ? ` and ${images.length - 4} more` : '';
    return `${shown.join(', ')}${more} (similarity ${similarity})`;
  };
  return remark(groups.map(line), what);
}

function remark(items: readonly string[], what: string): Remark | undefined {
  return items.length === 0 ? undefined : { text: `${what}: ${items.length}`, examples: items };
}

function plain(text: string): Remark {
  return { text, examples: [] };
}

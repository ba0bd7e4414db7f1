import { OptionError } from '../../common/errors.js';
import { parseRepoId, parseRevision, type RepoId, type Revision } from '../../common/identifiers.js';
import type { OptionTable } from './definition.js';
import { path } from './parsers.js';
import { SHARED_OPTIONS } from './shared.js';
import { HOTKEY_OPTION, JSON_OPTION, REPORT_OPTION } from './status.js';
import { VALIDATOR_OPTIONS } from './validator.js';

const {
  walletName,
  walletHotkey,
  walletPath,
  hubEndpoint,
  downloadHosts,
  device,
  datasetPath,
  datasetCache,
} = SHARED_OPTIONS;
const { evaluationImages, maxImageSize, batchSize } = VALIDATOR_OPTIONS;
const { fallback: _, ...optionalDatasetPath } = datasetPath;

/** The images to evaluate on; without them nothing is evaluated. */
export const OPTIONAL_DATASET_PATH = {
  ...optionalDatasetPath,
  help: `${datasetPath.help}; without it nothing is evaluated`,
};

/** `healthtensor miner self-check` */
export const SELF_CHECK_OPTIONS = {
  walletName,
  walletHotkey,
  walletPath,
  hotkey: HOTKEY_OPTION,
  hubEndpoint,
  downloadHosts,
  device,
  datasetPath: OPTIONAL_DATASET_PATH,
  datasetCache,
  evaluationImages,
  maxImageSize,
  batchSize,
  report: REPORT_OPTION,
  json: JSON_OPTION,
} as const satisfies OptionTable;

/** A folder, or `owner/name@<40 hex digits>`. A text with an @ is never a folder: write ./a@b for one. */
export function selfCheckTarget(
  text: string,
): { kind: 'folder'; path: string } | { kind: 'revision'; repo: RepoId; revision: Revision } {
  const at = text.lastIndexOf('@');
  if (at < 0 || /^[./~]/.test(text)) return { kind: 'folder', path: path('the model', text) };
  const repo = parseRepoId(text.slice(0, at));
  const revision = parseRevision(text.slice(at + 1));
  if (repo === undefined || revision === undefined) {
    throw new OptionError('the model', 'a folder, or owner/name@ and a commit id of 40 hex digits', text);
  }
  return { kind: 'revision', repo, revision };
}

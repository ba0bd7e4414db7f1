import { mkdir } from 'node:fs/promises';
import type { Chain } from '../chain/index.js';
import { type Closing, type Log, messageOf } from '../common/index.js';
import { lockState } from '../common/state-lock.js';
import type { ReportSigner } from './answers/signature.js';
import { writeReports } from './reports-file.js';
import { validatorStateFiles } from './state-directory.js';
import { Store } from './store.js';
import { revealNotice } from './weight-reveals.js';

/**
 * The state in a folder, claimed for this process and tied to the subnet, with everything said that an operator should know of
 * it; `closing` lets go of it.
 * @throws HealthTensorError STATE_IN_USE, STATE_UNREADABLE, STATE_DAMAGED, STATE_TOO_NEW, STATE_OF_ANOTHER_CHAIN
 */
export async function openState(
  directory: string,
  o: {
    readonly chain: Pick<Chain, 'blockHash' | 'blockNumber' | 'keepJournal'>;
    readonly netuid: number;
    readonly signer: ReportSigner & { readonly address: string };
    readonly closing: Closing;
    readonly log: Log;
  },
): Promise<Store> {
  const { chain, closing, log } = o;
  const files = validatorStateFiles(directory);
  await mkdir(files.models, { recursive: true, mode: 0o700 });
  closing.add(lockState(directory));
  const store = new Store(files.database);
  closing.add(() => store.close());
  if (store.damaged !== undefined) {
    log.error(
      `ALARM: the state was damaged or lost. Its last good copy is in its place; rounds after it are not in the scores. What was damaged is ${store.damaged}.`,
    );
  }
  store.bindTo(await chain.blockHash(0), o.netuid);
  chain.keepJournal(files.submissions);
  const notice = revealNotice(store.commits.status());
  if (notice !== undefined) log.warning(notice);
  const last = store.lastReport();
  if (last === undefined) return store;
  log.info(`Going on after round ${last.block} with the scores of ${last.results.length} miners`);
  await writeReports(files, store, o.signer).catch((error: unknown) => {
    log.error(`The report of round ${last.block} is not in its file yet: ${messageOf(error)}`);
  });
  const head = await chain.blockNumber();
  if (head < last.block) {
    log.warning(
      `The chain is at block ${head}, before the last round's, ${last.block}: the node is not in sync yet, and is waited for. ` +
        'If the chain itself began anew, move the state folder away.',
    );
  }
  return store;
}

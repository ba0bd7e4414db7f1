import type Database from 'libsql';
import type { Hotkey, Rejection } from '../common/index.js';
import type { Candidate } from './candidate.js';
import type { ModelIdentity } from './model-identity.js';

type SubmissionKey = Pick<Candidate, 'hotkey' | 'repo' | 'revision' | 'digest'>;

/** What a commitment turned out to be. */
export type Submission = ({ readonly ok: true } & ModelIdentity) | Rejection;

/** What became of each commitment: its bytes cannot change, so nothing is fetched and read twice. */
export class SubmissionStore {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** With the round's block at which it was judged. */
  find({
    hotkey,
    repo,
    revision,
    digest,
  }: SubmissionKey): { outcome: Submission; block: number } | undefined {
    const row = this.#database
      .prepare(
        'SELECT outcome, block FROM submissions WHERE hotkey = ? AND repo = ? AND revision = ? AND digest = ?',
      )
      .get(hotkey, repo, revision, digest) as { outcome: string; block: number } | undefined;
    return row && { outcome: JSON.parse(row.outcome) as Submission, block: row.block };
  }

  record(
    candidate: SubmissionKey & Pick<Candidate, 'commitBlock'>,
    outcome: Submission,
    block: number,
  ): void {
    const { hotkey, repo, revision, digest, commitBlock } = candidate;
    this.#database
      .prepare(
        `INSERT INTO submissions VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET outcome = excluded.outcome, model_id = excluded.model_id, block = excluded.block,
           commit_block = min(commit_block, excluded.commit_block)`,
      )
      .run(
        hotkey,
        repo,
        revision,
        digest,
        commitBlock,
        JSON.stringify(outcome),
        outcome.ok ? outcome.modelId : null,
        block,
      );
  }

  /** The first block at which the hotkey had committed this model, in whatever repository. */
  firstCommitBlock(hotkey: Hotkey, modelId: string): number | undefined {
    const row = this.#database
      .prepare('SELECT min(commit_block) AS first FROM submissions WHERE hotkey = ? AND model_id = ?')
      .get(hotkey, modelId) as { first: number | null };
    return row.first ?? undefined;
  }

  /** The round's block at which the hotkey's newest commitment was judged. */
  newestBlock(hotkey: Hotkey): number | undefined {
    const row = this.#database
      .prepare('SELECT max(block) AS newest FROM submissions WHERE hotkey = ?')
      .get(hotkey) as { newest: number | null };
    return row.newest ?? undefined;
  }
}

import type { Digest, Hotkey, RepoId, Revision, Uid } from '../common/index.js';

/** A registered hotkey; its score belongs to this registration and to no later one. */
export interface Registration {
  readonly uid: Uid;
  readonly hotkey: Hotkey;
  readonly registrationBlock: number;
}

/** A miner whose commitment names a model to fetch and judge. */
export interface Candidate extends Registration {
  readonly commitBlock: number;
  readonly repo: RepoId;
  readonly revision: Revision;
  readonly digest: Digest;
}

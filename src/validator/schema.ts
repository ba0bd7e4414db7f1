/**
 * The state's tables, one migration a version (PRAGMA user_version). A migration that was released is never edited.
 * `json` columns hold what is only shown again, never searched.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- One row: the chain and subnet that everything here is about.
  CREATE TABLE origin (genesis_hash TEXT NOT NULL, netuid INTEGER NOT NULL) STRICT;
  -- A score belongs to one registration of a hotkey: who registers again starts at zero. Never keyed by uid.
  CREATE TABLE neurons (
    hotkey TEXT NOT NULL,
    registration_block INTEGER NOT NULL,
    score REAL NOT NULL,
    updated_block INTEGER NOT NULL,
    last_loss REAL,           -- of the last evaluation, on the data of last_data
    last_commit_block INTEGER,
    last_data TEXT,
    PRIMARY KEY (hotkey, registration_block)
  ) STRICT;
  CREATE TABLE rounds (
    block INTEGER PRIMARY KEY,
    report TEXT NOT NULL      -- json
  ) STRICT;
  -- What was computed is never computed again, even when the validator is killed in the middle of a round.
  CREATE TABLE evaluations (
    weights_sha256 TEXT NOT NULL,
    spec_sha256 TEXT NOT NULL,
    sample_sha256 TEXT NOT NULL,
    outcome TEXT NOT NULL,    -- json
    used_block INTEGER NOT NULL,
    PRIMARY KEY (weights_sha256, spec_sha256, sample_sha256)
  ) STRICT;
  -- Who first committed certain weights; permanent.
  CREATE TABLE first_seen (
    weights_sha256 TEXT PRIMARY KEY,
    hotkey TEXT NOT NULL,
    commit_block INTEGER NOT NULL,
    seen_block INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE weight_settings (
    id INTEGER PRIMARY KEY,
    block INTEGER NOT NULL,
    ok INTEGER NOT NULL,
    detail TEXT NOT NULL      -- json
  ) STRICT;
  `,
  `
  -- Weights that are hidden until the chain reveals them (commit-reveal), kept from before they are sent.
  CREATE TABLE weight_commits (
    id INTEGER PRIMARY KEY,
    commit_hash TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,      -- sent, committed, revealed, missed, unsent
    detail TEXT NOT NULL,     -- json; of a salted commit with its salt
    reason TEXT
  ) STRICT;
  `,
  `
  -- Evidence: what models lost on each image of each sample. Evaluations of before had only means, which cannot be paired.
  DROP TABLE evaluations;
  CREATE TABLE samples (
    sample_sha256 TEXT PRIMARY KEY,
    data_sha256 TEXT NOT NULL,   -- losses of different versions of the data never meet
    block INTEGER NOT NULL,      -- whose hash drew it
    block_hash TEXT NOT NULL,
    indices BLOB NOT NULL        -- rows of the data, u32 little-endian
  ) STRICT;
  CREATE TABLE evaluations (
    model_id TEXT NOT NULL,
    sample_sha256 TEXT NOT NULL,
    precision TEXT NOT NULL,     -- fp32 decides, bf16 is a screen
    outcome TEXT NOT NULL,       -- json: loss and AUROC, or a verdict
    losses BLOB,                 -- f32 little-endian by image of the sample; none with a verdict
    logits BLOB,                 -- f32 little-endian, 14 an image; forgotten before the losses are
    block INTEGER NOT NULL,
    PRIMARY KEY (model_id, sample_sha256, precision)
  ) STRICT;
  -- What a commitment turned out to be. Its repository, revision and digest cannot change, so a model is read once.
  CREATE TABLE submissions (
    hotkey TEXT NOT NULL,
    repo TEXT NOT NULL,
    revision TEXT NOT NULL,
    digest TEXT NOT NULL,
    commit_block INTEGER NOT NULL,  -- the first at which it was seen
    outcome TEXT NOT NULL,          -- json: the model's identity, or a verdict
    model_id TEXT,
    block INTEGER NOT NULL,
    PRIMARY KEY (hotkey, repo, revision, digest)
  ) STRICT;
  CREATE INDEX submissions_by_model ON submissions (model_id, hotkey);
  -- Who first committed certain weights; permanent. kind: file (SHA-256 of the bytes) or tensors (whatever the file).
  CREATE TABLE claims (
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    hotkey TEXT NOT NULL,
    commit_block INTEGER NOT NULL,
    seen_block INTEGER NOT NULL,
    PRIMARY KEY (kind, digest)
  ) STRICT;
  INSERT INTO claims SELECT 'file', weights_sha256, hotkey, commit_block, seen_block FROM first_seen;
  DROP TABLE first_seen;
  -- json: the model that earns for this registration while a newer commitment waits to be judged.
  ALTER TABLE neurons ADD COLUMN entry TEXT;
  ALTER TABLE neurons DROP COLUMN last_loss;
  ALTER TABLE neurons DROP COLUMN last_commit_block;
  ALTER TABLE neurons DROP COLUMN last_data;
  `,
  `
  -- What a model answers on the same few images as every other, for ever: a near copy of a model that is gone is found by it.
  CREATE TABLE fingerprints (
    model_id TEXT NOT NULL,
    data_sha256 TEXT NOT NULL,
    logits BLOB NOT NULL,        -- f32 little-endian, 14 an image
    PRIMARY KEY (model_id, data_sha256)
  ) STRICT;
  CREATE TABLE near_copies (model_id TEXT PRIMARY KEY, verdict TEXT NOT NULL) STRICT; -- json
  `,
  `
  -- Whether a model was held against all others: a kill between its fingerprint and the search must not spare a copy.
  ALTER TABLE fingerprints ADD COLUMN searched INTEGER NOT NULL DEFAULT 0;
  -- What of many fingerprints is worth remembering: the loss on those images, and the block of the round.
  ALTER TABLE fingerprints ADD COLUMN loss REAL NOT NULL DEFAULT 1;
  ALTER TABLE fingerprints ADD COLUMN block INTEGER NOT NULL DEFAULT 0;
  `,
];

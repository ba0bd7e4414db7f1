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
];

import { existsSync } from 'node:fs';
import Database from 'libsql';
import { expect } from '@jest/globals';
import type { RoundReport, RoundResult } from '../../src/validator/index.js';

/** What a validator's database says, look after look: nothing of it may change afterwards, and each round follows from the last. */
export class StateHistory {
  readonly #path: string;
  /** Report by block, as text. */
  readonly #rounds = new Map<number, string>();
  /** Row by key: a second evaluation of the same takes another row. */
  readonly #evaluations = new Map<string, number>();
  readonly #scores = new Map<string, number>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Blocks of the rounds, oldest first. */
  get rounds(): number[] {
    return [...this.#rounds.keys()];
  }

  get evaluations(): number {
    return this.#evaluations.size;
  }

  look(): void {
    if (!existsSync(this.#path)) return; // killed before there was one
    const database = new Database(this.#path);
    try {
      database.exec('PRAGMA query_only = ON');
      expect(database.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' });
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE name = 'evaluations'").all();
      if (tables.length === 0) return;
      this.#followRounds(database);
      this.#followEvaluations(database);
      this.#compareScores(database);
    } finally {
      database.close();
    }
  }

  #followRounds(database: Database.Database): void {
    const rows = database.prepare('SELECT block, report FROM rounds ORDER BY block').all() as {
      block: number;
      report: string;
    }[];
    const newest = Math.max(-1, ...this.#rounds.keys());
    const old = rows.filter(({ block }) => block <= newest).map(({ block, report }) => [block, report]);
    // The newest reports are kept: of those that were seen before, as many.
    expect(old).toEqual(old.length === 0 ? [] : [...this.#rounds].slice(-old.length));
    expect(old.length > 0 || newest < 0).toBe(true);
    for (const { block, report } of rows.filter((row) => row.block > newest)) {
      this.#rounds.set(block, report);
      const { results, rules } = JSON.parse(report) as RoundReport;
      for (const result of results) this.#followScore(result, rules.movingAverageAlpha);
    }
  }

  /** A score is the last one and this round's reward, each counted once. */
  #followScore(result: RoundResult, alpha: number): void {
    const { hotkey, registrationBlock, previousScore, reward, score } = result;
    const key = `${hotkey} ${registrationBlock}`;
    expect(previousScore).toBe(this.#scores.get(key) ?? 0);
    if (reward === undefined) expect(score).toBe(previousScore);
    else expect(score).toBeCloseTo(alpha * reward + (1 - alpha) * previousScore, 12);
    this.#scores.set(key, score);
  }

  #compareScores(database: Database.Database): void {
    const rows = database.prepare('SELECT hotkey, registration_block AS at, score FROM neurons').all() as {
      hotkey: string;
      at: number;
      score: number;
    }[];
    const stored = new Map(rows.map(({ hotkey, at, score }) => [`${hotkey} ${at}`, score]));
    // Validators have rows too, and no place in reports.
    for (const [key, score] of this.#scores) expect([key, stored.get(key)]).toEqual([key, score]);
  }

  #followEvaluations(database: Database.Database): void {
    const rows = database
      .prepare('SELECT rowid AS row, model_id AS model, sample_sha256 AS sample, precision FROM evaluations')
      .all() as { row: number; model: string; sample: string; precision: string }[];
    const found = new Map(
      rows.map(({ row, model, sample, precision }) => [`${model} ${sample} ${precision}`, row]),
    );
    for (const [key, row] of this.#evaluations) expect([key, found.get(key)]).toEqual([key, row]);
    for (const [key, row] of found) this.#evaluations.set(key, row);
  }
}

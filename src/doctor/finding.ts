import { HealthTensorError, messageOf } from '../common/index.js';

export type Role = 'miner' | 'validator';
export type Level = 'ok' | 'warning' | 'failure';

/** One line of the doctor's answer. */
export interface Finding {
  /** Stable, for programs: `version-key`. */
  readonly check: string;
  readonly level: Level;
  /** What was found, with the figures. */
  readonly text: string;
  /** What to do or type; always there when the level is not ok. */
  readonly remedy?: string;
  /** For programs that count and compare, by name. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Set when only this role needs it. */
  readonly role?: Role;
}

export function ok(check: string, text: string): Finding {
  return { check, level: 'ok', text };
}

export function warning(check: string, text: string, remedy: string): Finding {
  return { check, level: 'warning', text, remedy };
}

export function failure(check: string, text: string, remedy: string): Finding {
  return { check, level: 'failure', text, remedy };
}

/** The finding that an error stands for. */
export function failed(check: string, error: unknown): Finding {
  const remedy = error instanceof HealthTensorError ? error.remedy : undefined;
  return failure(check, messageOf(error), remedy ?? 'See the message.');
}

/** What cannot be looked at because something else failed. */
export function notChecked(check: string, why: string): Finding {
  return warning(check, `not checked: ${why}`, 'Mend that first.');
}

/**
 * The findings that matter to a role. Asked for neither, all of them do, but what one role alone needs is no failure of
 * the host: it may be there for the other.
 */
export function forRole(findings: readonly Finding[], role: Role | undefined): Finding[] {
  if (role !== undefined)
    return findings.filter((finding) => finding.role === undefined || finding.role === role);
  return findings.map((finding) => {
    if (finding.role === undefined || finding.level === 'ok') return finding;
    return { ...finding, level: 'warning' as const, text: `for a ${finding.role}: ${finding.text}` };
  });
}

import { failed, type Finding, ok, warning } from './finding.js';

/** What the processes that open strangers' models are kept from on this system, in words. */
export interface IsolationFacts {
  readonly protections: readonly string[];
  readonly missing: readonly string[];
}

/** @param start starts such a process, as a validator does */
export async function isolationFinding(start: () => Promise<IsolationFacts>): Promise<Finding> {
  return { ...(await look(start)), role: 'validator' };
}

async function look(start: () => Promise<IsolationFacts>): Promise<Finding> {
  try {
    const { protections, missing } = await start();
    if (missing.length === 0) return ok('isolation', `models are evaluated with ${protections.join(', ')}`);
    const text = `models are evaluated in processes that are not fully isolated: ${missing.join('; ')}`;
    return warning(
      'isolation',
      text,
      'Use Linux 5.13 or later with Landlock and seccomp, and a container that allows them.',
    );
  } catch (error) {
    return failed('isolation', error);
  }
}

import type { Command } from 'commander';
import { redact } from '../common/log.js';
import { addOptions, optionsOf } from './options/command.js';
import { DOCTOR_OPTIONS } from './options/doctor.js';
import { keyOpening } from './passwords.js';
import { run } from './run.js';

/** `healthtensor doctor`: exit code 1 when anything failed, 0 otherwise. */
export function configure(command: Command): void {
  addOptions(command, DOCTOR_OPTIONS).action(() =>
    run(async (signal) => {
      const options = optionsOf(command, DOCTOR_OPTIONS);
      const [{ examine, formatFindings }, { doctorSettings }] = await Promise.all([
        import('../doctor/index.js'),
        import('./doctor-settings.js'),
      ]);
      const findings = await examine(doctorSettings(options), { signal, opening: keyOpening(signal) });
      const text = options.json ? JSON.stringify(findings, undefined, 2) : formatFindings(findings);
      process.stdout.write(`${redact(text)}\n`);
      if (findings.some(({ level }) => level === 'failure')) process.exitCode = 1;
    }),
  );
}

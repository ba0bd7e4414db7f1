/**
 * Makes a command that was stopped before its end (Ctrl-C at a question, SIGTERM) fail with 130, as shells expect: what
 * follows it in a script must not believe that it was done.
 */
export function failWhenStopped(signal: AbortSignal): void {
  signal.addEventListener('abort', () => (process.exitCode = 130), { once: true });
}

import type { SubmissionResult } from './submission.js';
import type { Flight, OutcomeFacts, SubmissionJournal } from './submission-journal.js';

/** Blocks after its era for which the result of a flight that was found late answers the same call. */
const REMEMBERED_BLOCKS = 64;

/** What was sent and has no outcome yet, with the journal that survives this process. */
export class UnfinishedFlights {
  readonly #unfinished = new Map<string, Flight>();
  /** Found late, when nobody waited for it any more; by signer. */
  readonly #results = new Map<string, { flight: Flight; result: SubmissionResult }[]>();
  #journal: SubmissionJournal | undefined;

  keepIn(journal: SubmissionJournal): void {
    this.#journal = journal;
    for (const flight of journal.pending) this.#unfinished.set(flight.hash, flight);
  }

  /** The key's, the oldest first. */
  of(signer: string): Flight[] {
    return [...this.#unfinished.values()].filter((flight) => flight.signer === signer);
  }

  /** Call it before the bytes leave. */
  sent(flight: Flight): void {
    this.#unfinished.set(flight.hash, flight);
    this.#journal?.sent(flight);
  }

  ended(flight: Flight, facts: OutcomeFacts): void {
    this.#unfinished.delete(flight.hash);
    this.#journal?.outcome(flight, facts);
  }

  /** For whoever sends the same call again because its fate was not known. */
  remember(flight: Flight, result: SubmissionResult): void {
    if (!result.ok) return;
    this.#results.set(flight.signer, [...(this.#results.get(flight.signer) ?? []), { flight, result }]);
  }

  /** Whoever asks the chain itself what the key has done needs no late results any more. */
  forgetResults(signer: string): void {
    this.#results.delete(signer);
  }

  /** The result of this call when it was found late, and lately; once. The key's other ones are forgotten. */
  takeResult(signer: string, callHash: string, head: number): SubmissionResult | undefined {
    const results = this.#results.get(signer) ?? [];
    this.#results.delete(signer);
    return results.find(
      ({ flight }) => flight.until + REMEMBERED_BLOCKS > head && flight.callHash === callHash,
    )?.result;
  }
}

import { HubMisbehaved, HubUnreachable, networkFailure, showUrl } from './failures.js';

export interface BodyRules {
  readonly url: URL | string;
  readonly signal?: AbortSignal | undefined;
  /** More than this is refused. */
  readonly maxBytes?: number;
  /** The whole body must have come by then. */
  readonly deadlineMs?: number;
  /** The slowest pace allowed. */
  readonly pace?: { readonly bytesPerSecond: number; readonly windowMs: number };
}

/** The body, erring when it breaks the rules. Nothing is read ahead of its reader; the source is let go on an error. */
export function guardBody(body: ReadableStream<Uint8Array>, rules: BodyRules): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const timers: NodeJS.Timeout[] = [];
  const stop = () => timers.forEach((timer) => clearTimeout(timer));
  let received = 0;
  let waiting = false;

  const giveUp = (controller: ReadableStreamDefaultController<Uint8Array>, error: unknown) => {
    stop();
    controller.error(error);
    // The source may have failed already: then there is nothing left to let go.
    reader.cancel(error).catch(() => undefined);
  };

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const { deadlineMs, pace } = rules;
        if (deadlineMs !== undefined) {
          const late = () => giveUp(controller, tooSlow(rules.url, `not complete after ${deadlineMs} ms`));
          timers.push(setTimeout(late, deadlineMs).unref());
        }
        if (pace !== undefined) {
          let before = 0;
          const check = () => {
            const rate = ((received - before) * 1000) / pace.windowMs;
            before = received;
            // Whoever reads is busy, with a slow disk for instance: that is not the hub's doing.
            if (rate >= pace.bytesPerSecond || !waiting) return;
            const detail = `${Math.round(rate)} bytes a second where ${pace.bytesPerSecond} are asked for`;
            giveUp(controller, tooSlow(rules.url, detail));
          };
          timers.push(setInterval(check, pace.windowMs).unref());
        }
      },
      async pull(controller) {
        try {
          waiting = true;
          const { done, value } = await reader.read();
          waiting = false;
          if (done) {
            stop();
            controller.close();
            return;
          }
          received += value.byteLength;
          if (rules.maxBytes !== undefined && received > rules.maxBytes) {
            throw new HubMisbehaved(
              'answer',
              `${showUrl(rules.url)} answers more than ${rules.maxBytes} bytes`,
            );
          }
          controller.enqueue(value);
        } catch (error) {
          giveUp(controller, rules.signal?.aborted ? rules.signal.reason : networkFailure(error, rules.url));
        }
      },
      cancel(reason) {
        stop();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function tooSlow(url: URL | string, detail: string): HubUnreachable {
  return new HubUnreachable(`${showUrl(url)} is too slow: ${detail}`, { tooSlow: true });
}

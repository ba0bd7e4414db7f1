/** A request that waits for its answer; it settles once, and its timer is gone afterwards. */
export interface PendingRequest {
  readonly method: string;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export function pendingRequest(
  timeoutMs: number,
  o: {
    method: string;
    resolve: (result: unknown) => void;
    reject: (error: Error) => void;
    /** Makes the error for an answer that did not come in time. */
    late: () => Error;
    /** Called once, before the request settles. */
    done: () => void;
  },
): PendingRequest {
  const settle = (end: () => void) => {
    clearTimeout(timer);
    o.done();
    end();
  };
  const timer = setTimeout(() => settle(() => o.reject(o.late())), timeoutMs);
  return {
    method: o.method,
    resolve: (result) => settle(() => o.resolve(result)),
    reject: (error) => settle(() => o.reject(error)),
  };
}

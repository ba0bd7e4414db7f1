/**
 * Runs `work` over the items with at most `inFlight` at a time and yields the results in the order of the items, so
 * that memory stays bounded and the outcome does not depend on timing. Leaving the loop early waits for what is
 * still running: nothing touches a file after the caller has cleaned up.
 */
export async function* mapInOrder<Item, Result>(
  items: readonly Item[],
  inFlight: number,
  work: (item: Item, index: number) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = [];
  let next = 0;
  try {
    while (next < items.length || running.length > 0) {
      while (next < items.length && running.length < inFlight) {
        const promise = work(items[next] as Item, next);
        promise.catch(() => {}); // seen when its turn comes; until then it must not count as unhandled
        running.push(promise);
        next += 1;
      }
      yield await (running.shift() as Promise<Result>);
    }
  } finally {
    await Promise.allSettled(running);
  }
}

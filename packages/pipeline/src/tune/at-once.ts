/**
 * Runs `work` on every item, at most `parallel` at a time, begun in their order. The results are in the items' order. The first failure in time ends it: no further item is
 * begun, `onFailure` stops what still runs, and when that has ended the failure is thrown.
 */
export async function atOnce<T, R>(items: readonly T[], parallel: number, work: (item: T, index: number) => Promise<R>, onFailure: () => void): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failure: { readonly thrown: unknown } | null = null;
  const one = async (): Promise<void> => {
    while (next < items.length && failure === null) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (thrown) {
        if (failure !== null) return;
        failure = { thrown };
        onFailure();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(parallel, items.length)) }, one));
  if (failure !== null) throw (failure as { readonly thrown: unknown }).thrown;
  return results;
}

/** Work that is done one piece after another, whoever asks. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

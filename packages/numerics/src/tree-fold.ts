/**
 * The one tree of every merge: n items split at the largest power of two below n, each part again, a leaf being one item. So
 * `fold([a, b, c, d, e]) = merge(merge(merge(a, b), merge(c, d)), e)`. It depends on n and the index alone, never on who finished first.
 *
 * @param merge gets (left, right) and returns the merged item; it may change and return `left`, as no item is used twice
 * @throws RangeError without items
 */
export function pairwiseTreeFold<T>(items: Iterable<T>, merge: (left: T, right: T) => T): T {
  const fold = new TreeFold(merge);
  for (const item of items) fold.push(item);
  return fold.finish();
}

/** {@link pairwiseTreeFold} for items that arrive one by one in index order; holds at most log2(n) + 1 merged items. */
export class TreeFold<T> {
  readonly #merge: (left: T, right: T) => T;
  /** Complete subtrees of falling size: one for every set bit of `size`. */
  readonly #subtrees: T[] = [];
  #size = 0;

  constructor(merge: (left: T, right: T) => T) {
    this.#merge = merge;
  }

  /** Items pushed so far. */
  get size(): number {
    return this.#size;
  }

  /** What is held: the complete subtrees, the largest first. */
  get subtrees(): readonly T[] {
    return this.#subtrees;
  }

  /** Takes the item of index `size`. */
  push(item: T): void {
    let merged = item;
    for (let trailing = this.#size; trailing % 2 === 1; trailing = (trailing - 1) / 2) merged = this.#merge(this.#subtrees.pop() as T, merged);
    this.#subtrees.push(merged);
    this.#size++;
  }

  /** The fold of all items; the TreeFold is used up. @throws RangeError without items */
  finish(): T {
    if (this.#subtrees.length === 0) throw new RangeError("a tree fold of no items has no value: push at least one");
    let merged = this.#subtrees.pop() as T;
    while (this.#subtrees.length > 0) merged = this.#merge(this.#subtrees.pop() as T, merged);
    return merged;
  }
}

import { pairwiseTreeFold, TreeFold } from "@crossbill/numerics";
import test from "ava";

/** The definition: split at the largest power of two below n. */
function slow(items: readonly string[]): string {
  if (items.length === 1) return items[0]!;
  let half = 1;
  while (half * 2 < items.length) half *= 2;
  return `(${slow(items.slice(0, half))} ${slow(items.slice(half))})`;
}

test("the tree splits at the largest power of two below n", (t) => {
  for (let n = 1; n <= 40; n++) {
    const items = Array.from({ length: n }, (_, i) => `${i}`);
    t.is(
      pairwiseTreeFold(items, (a, b) => `(${a} ${b})`),
      slow(items),
    );
  }
});

test("items may arrive one by one", (t) => {
  const fold = new TreeFold<string>((a, b) => `(${a} ${b})`);
  for (const item of ["a", "b", "c", "d", "e"]) fold.push(item);
  t.is(fold.size, 5);
  t.is(fold.finish(), "(((a b) (c d)) e)");
});

test("no items have no fold", (t) => {
  t.throws(() => pairwiseTreeFold([], () => 0), { instanceOf: RangeError });
});

import test from "ava";
import { shapeBytes } from "../dist/blocks/block.js";
import { type LayoutNeeds, planLayout } from "../dist/blocks/layout.js";

const largest = { rows: 4096, width: 20, distinct: 50_000, dense: 5, perColumn: 4096, transposed: true };
const one = shapeBytes(largest);
const needs: LayoutNeeds = {
  parameters: 1001,
  steps: 1000,
  largest,
  blocks: 1000,
  allBlocksBytes: 1000 * one,
  members: 2,
  touched: false,
  memoryBytes: 2 ** 31,
};

test("the pool takes what all blocks need, or what the memory leaves", (t) => {
  t.is(planLayout(needs).poolBytes, 1000 * one);
  const little = planLayout({ ...needs, memoryBytes: 2 ** 28 });
  t.is(little.bytes, 2 ** 28);
  t.is(planLayout({ ...needs, memoryBytes: 1 }).poolBytes, one, "one block at least");
});

test("blocks that are used once get some room only, enough for every member", (t) => {
  const once = planLayout({ ...needs, once: true });
  t.true(once.poolBytes < 2 ** 26);
  t.true(planLayout({ ...needs, members: 64, once: true }).poolBytes >= 64 * one);
  t.is(planLayout({ ...needs, allBlocksBytes: 3 * one, once: true }).poolBytes, 3 * one);
  t.is(planLayout({ ...needs, once: true, memoryBytes: 1 }).poolBytes, one);
});

test("the last state has no second place, any other has", (t) => {
  const { state, best } = planLayout({ ...needs, keepsLast: true });
  t.is(best, state);
  const other = planLayout(needs);
  t.true(other.best >= other.state + 8 * needs.parameters);
});

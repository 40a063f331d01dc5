import { isOfClasses, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { loadModel, normsOf, outputsOf, placeColumns, weightNorms } from "../dist/index.js";
import { exampleContent, saved } from "./example.js";

test("norms are those of their definitions", (t) => {
  t.deepEqual(normsOf([3, 0, -4, -0], 1), { l0: 2, l1: 7, l2: 5, lInfinity: 4, lp: 7 });
  t.deepEqual(normsOf([]), { l0: 0, l1: 0, l2: 0, lInfinity: 0, lp: null });
  t.deepEqual(normsOf([0, 0], 2), { l0: 0, l1: 0, l2: 0, lInfinity: 0, lp: 0 });
  t.true(Math.abs(normsOf([1, 16], 0.5).lp! - 25) < 1e-12);
  t.deepEqual([normsOf([1e200, 1e200]).l2, normsOf([3e-200, 4e-200]).l2], [1e200 * Math.SQRT2, 5e-200]);
  for (const p of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) t.throws(() => normsOf([1], p), { code: "E_NORM" });
});

test("norms grow with their order's fall: Linf <= L3 <= L2 <= L1, and scale with the weights", (t) => {
  fc.assert(
    fc.property(
      fc.array(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => 1024 * x),
        { maxLength: 50 },
      ),
      fc.constantFrom(0.5, 2, 1024),
      (w, by) => {
        const { l0, l1, l2, lInfinity, lp } = normsOf(w, 3);
        const slack = 1 + 1e-12;
        t.true(lInfinity <= lp! * slack && lp! <= l2 * slack && l2 <= l1 * slack);
        t.is(l0, w.filter((x) => x !== 0).length);
        const scaled = normsOf(w.map((x) => x * by));
        t.deepEqual([scaled.l1, scaled.lInfinity], [l1 * by, lInfinity * by]);
      },
    ),
  );
});

const { LOGISTIC, SQUARED, POISSON, SOFTMAX, ONE_VS_REST, ONE_VS_ONE, SAMPLED_SOFTMAX, NCE, MULTI_LABEL } = v1.Head;

test("of every head, a column's norms are over its weights of all classes", async (t) => {
  const classes = ["a", "b", "c", "d"];
  for (const head of [LOGISTIC, SQUARED, POISSON, SOFTMAX, ONE_VS_REST, ONE_VS_ONE, SAMPLED_SOFTMAX, NCE, MULTI_LABEL]) {
    const several = isOfClasses(head);
    const K = several ? outputsOf(head, classes.length) : 1;
    const { state, data } = exampleContent();
    const spec = v1.ModelSpec.create({ head, columns: ["age", "band", "site", "hour"] });
    const placement = placeColumns(spec, state);
    const { features, columns } = placement;
    const weights = Float64Array.from({ length: K * features }, (_, i) => ((i * 7919) % 11 < 4 ? 0 : Math.sin(i)));
    const intercepts = several ? new Float64Array(K).fill(9) : new Float64Array(0);
    const model = await loadModel(
      await saved({ state, spec, placement, data, weights, intercept: several ? 0 : 9, classes: several ? classes : [], intercepts }),
    );
    const found = await weightNorms(model, 1.5);
    const own = columns.map(({ offset, size }) =>
      Array.from({ length: K }, (_, k) => [...weights.subarray(k * features + offset, k * features + offset + size)]).flat(),
    );
    for (const [c, norms] of [...columns.map(({ name }) => found.columns.get(name)!), found.all].entries()) {
      const w = own[c] ?? own.flat();
      const power = (p: number): number => w.reduce((sum, x) => sum + Math.abs(x) ** p, 0) ** (1 / p);
      t.is(norms.l0, w.filter((x) => x !== 0).length);
      t.is(
        norms.lInfinity,
        w.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
      );
      for (const [norm, p] of [
        [norms.l1, 1],
        [norms.l2, 2],
        [norms.lp!, 1.5],
      ] as const)
        t.true(Math.abs(norm - power(p)) < 1e-10 * norm, `${v1.Head[head]} ${c} L${p}: ${norm} and ${power(p)}`);
    }
    t.deepEqual(
      model.info().columns.map(({ nonZero }) => nonZero),
      own.map((w) => w.filter((x) => x !== 0).length),
    );
  }
});

test("the norms of a model are those of its columns together", async (t) => {
  const given = exampleContent();
  const model = await loadModel(await saved(given));
  const { all, columns } = await weightNorms(model, 2);
  t.is(all.l0, model.nonZero);
  t.true(Math.abs(all.l1 - [...given.weights].reduce((sum, w) => sum + Math.abs(w), 0)) < 1e-9 * all.l1);
  t.true(Math.abs(all.lp! - all.l2) < 1e-12 * all.l2);
  const of = [...columns.values()];
  t.is(
    of.reduce((sum, { l0 }) => sum + l0, 0),
    all.l0,
  );
  t.is(Math.max(...of.map(({ lInfinity }) => lInfinity)), all.lInfinity);
  t.true(Math.abs(Math.hypot(...of.map(({ l2 }) => l2)) - all.l2) < 1e-12 * all.l2);
});

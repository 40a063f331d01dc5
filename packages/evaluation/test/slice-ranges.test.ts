import { CrossbillError, encodeMessage, v1 } from "@crossbill/messages";
import { type SliceFieldSpec, sliceMetrics } from "@crossbill/slicing";
import { threadsExecutor } from "@crossbill/tasks";
import test from "ava";
import fc from "fast-check";
import { GroupMeans } from "../dist/group-means.js";
import { compare, evaluate, fitSlices } from "../dist/index.js";
import { clicks, HANDLERS, ingested, randomModel } from "./example.js";

const TRAIN = clicks(1500, 1);
const TEST = clicks(1500, 2);
const ROWS = TEST.map(({ price, site, country }) => ({ price: price!, site: site!, country: country! }));
const SLICES = { price: TEST.map(({ price }) => (price === "" ? null : price!)), country: TEST.map(({ country }) => country!) };
const WEIGHT = TEST.map((row) => Number(row.weight));
const named = ({ slice }: { slice?: v1.ISliceKey[] | null }): unknown =>
  Object.fromEntries(slice!.map(({ field, value, missing }) => [field, missing === true ? null : value]));

test("ranges by boundaries and quantiles, alone and crossed, are those of the library's functions; the bytes do not depend on the number of workers", async (t) => {
  const { root, manifest, packs, executor } = await ingested([TRAIN], TEST, { slices: ["price", "country"] });
  t.true(packs.length > 3);
  const model = await randomModel(manifest.state, 7);
  const quarters = { column: "price", quantiles: 4, name: "quarter" };
  const sets = [[{ column: "price", boundaries: [9, 10, 20, 1000] }], [quarters], ["country", quarters]];
  const slices = await fitSlices(root, packs, sets);
  t.deepEqual(slices[2]![1], slices[1]![0]);
  const bytes: string[] = [];
  for (const workers of [0, 3]) {
    const chosen = workers === 0 ? executor : threadsExecutor({ handlers: HANDLERS, root, workers });
    const e = await evaluate({ root, model, packs, manifest, executor: chosen, slices });
    if (workers > 0) await chosen.close();
    bytes.push(Buffer.from(encodeMessage(v1.Evaluation, e)).toString("hex"));
    const expected = sliceMetrics(
      TEST.map((row) => Number(row.clicked)),
      model.predict(ROWS),
      SLICES,
      WEIGHT,
      { sets },
    );
    t.deepEqual(
      e.slices.map((s) => [named(s), s.rows, s.weight, s.logLoss, s.auc, s.bias!.difference]),
      expected.map((s) => [s.slice, s.rows, s.weight, s.logLoss, s.auc, s.bias.difference]),
    );
    const empty = e.slices.find((s) => s.slice![0]!.value === "[1000, inf)")!;
    t.deepEqual([empty.rows, empty.weight, empty.logLoss, empty.auc, empty.bias!.low], [0, 0, Number.NaN, Number.NaN, Number.NaN]);
  }
  t.is(new Set(bytes).size, 1);

  const against = await randomModel(manifest.state, 8);
  const own = await evaluate({ root, model, packs, manifest, executor, slices });
  const c = await compare({ root, model, against, packs, manifest, executor, slices, minSliceRows: 1 });
  const some = own.slices.filter(({ rows }) => rows! > 0);
  t.deepEqual(c.slices.map(named), some.map(named));
  t.deepEqual(
    c.slices.map(({ difference }) => [difference!.rows, difference!.biasNew!.meanPrediction]),
    some.map(({ rows, bias }) => [rows, bias!.meanPrediction]),
  );
  t.is(c.smallSlices, own.slices.length - some.length);
});

test("heads of numbers have the same ranges, in their order", async (t) => {
  const withNumber = TEST.map((row, i) => ({ ...row, price2: String(i % 7) }));
  const { root, manifest, packs, executor } = await ingested([withNumber], withNumber, { number: true, slices: ["price", "country"] });
  const model = await randomModel(manifest.state, 7, { head: v1.Head.SQUARED });
  const slices = [[{ column: "price", boundaries: [9, 10, 20, 1000] }], ["country", { column: "price", boundaries: [50], name: "half" }]];
  const e = await evaluate({ root, model, packs, manifest, executor, slices });
  const labels = withNumber.map(() => 1);
  const expected = sliceMetrics(
    labels,
    labels.map(() => 0.5),
    SLICES,
    WEIGHT,
    { sets: slices },
  );
  t.deepEqual(
    e.slices.map((s) => [named(s), s.rows, s.weight]),
    expected.map((s) => [s.slice, s.rows, s.weight]),
  );
  t.deepEqual([e.slices[4]!.rows, e.slices[4]!.rmse], [0, Number.NaN]);
});

test("a column with one number, or none, has two ranges; unlike fields of one name and unknown columns are refused", async (t) => {
  const rows = TEST.map((row) => ({ ...row, country: "3" }));
  const { root, manifest, packs, executor } = await ingested([rows], rows, { slices: ["site", "country"] });
  t.deepEqual(await fitSlices(root, packs, [[{ column: "country", quantiles: 5 }], [{ column: "site", quantiles: 3, name: "s" }]]), [
    [{ column: "country", boundaries: [3] }],
    [{ column: "site", boundaries: [0], name: "s" }],
  ]);
  const error = await t.throwsAsync(fitSlices(root, packs, [[{ column: "price", quantiles: 5 }]]), { instanceOf: CrossbillError });
  t.is(error!.code, "E_SLICE_FIELD");
  const model = await randomModel(manifest.state, 7);
  const unlike = evaluate({ root, model, packs, manifest, executor, slices: [["site"], [{ column: "country", boundaries: [1], name: "site" }]] });
  t.is((await t.throwsAsync(unlike, { instanceOf: CrossbillError }))!.code, "E_SLICE_SET");
});

test("group means of ranges: any order of merges gives the same groups, as by comparing the numbers", (t) => {
  const names = { sums: ["x"], means: [] };
  const row = fc.record({ price: fc.option(fc.constantFrom("-1", "0", "5", "9.5", "10", "11", "x", ""), { nil: null }), site: fc.constantFrom("a", "b") });
  const set: SliceFieldSpec[] = ["site", { column: "price", boundaries: [0, 9.5, 10] }];
  const sets = [[set[1]!], set];
  const of = (rows: readonly { price: string | null; site: string }[]): GroupMeans => {
    const made = new GroupMeans(names, sets);
    const columns = new Map([
      ["price", rows.map(({ price }) => price)],
      ["site", rows.map(({ site }) => site)],
    ]);
    made.update({ sums: { x: Float64Array.from(rows, () => 2) }, means: {} }, new Float64Array(rows.length).fill(1), columns);
    return GroupMeans.fromMessages(made.toMessages(), names, sets);
  };
  const rangeOf = (price: string | null): string | null => {
    if (price === null || price === "" || price === "x") return null;
    const x = Number(price);
    return x < 0 ? "(-inf, 0)" : x < 9.5 ? "[0, 9.5)" : x < 10 ? "[9.5, 10)" : "[10, inf)";
  };
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), fc.nat(40), (rows, cut) => {
      const merged = of(rows.slice(cut));
      merged.merge(of(rows.slice(0, cut)));
      const told = (means: GroupMeans): unknown => means.slices().map((group) => [group.values(), group.rows, group.sum("x")]);
      t.deepEqual(told(merged), told(of(rows)));
      const ranges = ["(-inf, 0)", "[0, 9.5)", "[9.5, 10)", "[10, inf)", null];
      const count = (is: (r: { price: string | null; site: string }) => boolean): number => rows.filter(is).length;
      const alone = ranges.map((range) => [[range], count((r) => rangeOf(r.price) === range)] as const).filter(([[range], n]) => range !== null || n > 0);
      const crossed = ["a", "b"]
        .flatMap((site) => ranges.map((range) => [[site, range], count((r) => r.site === site && rangeOf(r.price) === range)] as const))
        .filter(([, n]) => n > 0);
      t.deepEqual(
        told(merged),
        [...alone, ...crossed].map(([values, n]) => [values, n, 2 * n]),
      );
    }),
  );
});

import { RowEncoder } from "@crossbill/columns";
import { isOfClasses, v1 } from "@crossbill/messages";
import { exp, sigmoid } from "@crossbill/numerics";
import test from "ava";
import { loadModel, type ModelContent, outputSigns, outputsOf, placeColumns, type Row } from "../dist/index.js";
import { exampleContent, SITES, saved } from "./example.js";

const { FULL, Q2_13 } = v1.ModelSpec.WeightFormat;
const CLASSES = ["a", "b", "c", "d"];
const HEADS = Object.values(v1.Head).filter((head): head is v1.Head => typeof head === "number");

function contentOf(head: v1.Head, weightFormat: v1.ModelSpec.WeightFormat): ModelContent {
  const { state, data } = exampleContent();
  const spec = v1.ModelSpec.create({ head, weights: weightFormat, columns: ["age", "price", "band", "site", "hour", "bandHour"] });
  const placement = placeColumns(spec, state);
  const several = isOfClasses(head);
  const K = several ? outputsOf(head, CLASSES.length) : 1;
  const weights = Float64Array.from({ length: K * placement.features }, (_, i) => ((i * 7919) % 11 < 3 ? 0 : Math.sin(i) / 3));
  const intercepts = Float64Array.from({ length: several ? K : 0 }, (_, k) => 0.3 * k - 0.7);
  return { state, data, spec, placement, weights, intercept: several ? 0 : -1.25, classes: several ? CLASSES : [], intercepts };
}

const rows: Row[] = Array.from({ length: 40 }, (_, i) => ({
  age: i % 9 === 0 ? "" : String(5 + ((i * 37) % 110)),
  price: i % 7 === 3 ? null : i / 7,
  site: i % 5 === 0 ? `new-${i}` : SITES[i % SITES.length]!,
  hour: i % 24,
}));

for (const head of HEADS)
  test(`${v1.Head[head]}: contributions add up to the logit that is predicted from, exactly, with weights of 16 bits too`, async (t) => {
    for (const format of [FULL, Q2_13]) {
      const model = await loadModel(await saved(contentOf(head, format)));
      const encoder = new RowEncoder(model.state.columns, model.state, ["", "?"]);
      const K = model.intercepts.length;
      const encoded = rows.map((row) => encoder.encodeRow(row));
      const all = model.predictBatch(
        {
          rows: rows.length,
          ids: new Map(["band", "site", "hour", "bandHour"].map((name) => [name, Uint32Array.from(encoded, (row) => row.ids.get(name)!)])),
          numbers: new Map(["age", "price"].map((name) => [name, Float64Array.from(encoded, (row) => row.numbers.get(name)!)])),
        },
        { logits: true },
      );
      for (const [r, row] of rows.entries()) {
        const scored = model.score(row);
        const logits = all.subarray(r * K, (r + 1) * K);
        for (const [k, name] of (model.classes.length === 0 ? [undefined] : model.classes).entries()) {
          const { class: explained, logit, intercept, contributions, prediction } = model.explain(row, name);
          t.is(explained, name ?? null);
          t.is(
            contributions.reduce((sum, c) => sum + c.contribution, intercept),
            logit,
          );
          t.true(contributions.every((c) => c.contribution === c.weight * c.value));
          const wanted = outputSigns(head, model.classes.length, k).reduce((sum, [output, sign]) => sum + sign * logits[output]!, 0);
          if (head === v1.Head.ONE_VS_ONE) t.true(Math.abs(logit - wanted) < 1e-12, "a class's logit is a sum of pairs'");
          else t.is(logit, wanted);
          t.is(prediction, scored.classes?.probabilities[k] ?? scored.prediction);
          if (head === v1.Head.MULTI_LABEL || head === v1.Head.LOGISTIC) t.is(prediction, sigmoid(logit));
          if (head === v1.Head.POISSON) t.is(prediction, exp(logit));
          if (head === v1.Head.SQUARED) t.is(prediction, logit);
        }
        t.is(model.explain(row).class, scored.classes === null ? null : model.classes[scored.classes.best]!);
      }
    }
  });

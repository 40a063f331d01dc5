import { confusionOf, precisionRecallCurveOf, type Ranking, rankRows, rocAucOf, rocCurveOf } from "@crossbill/auc";
import { renderReport } from "@crossbill/report";
import test from "ava";
import type { Page } from "playwright-core";
import { cheapest, type DecisionPoints, decide, pointAt } from "../dist/decision.js";
import { format } from "../dist/format.js";
import { withChromium } from "./chromium.js";
import { fullInput } from "./full-fixture.js";

/** Weighted rows of a few hundred distinct scores, their ranking, and a report of them. */
function ranked(seed: number): { ranking: Ranking; input: ReturnType<typeof fullInput>; threshold: number } {
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const scores = Array.from({ length: 3000 }, () => Math.round(400 * next() * next()) / 400);
  const labels = scores.map((p) => (next() < p ? 1 : 0));
  const weights = scores.map(() => [1, 2, 0.5][Math.floor(3 * next())]!);
  const ranking = rankRows(labels, scores, weights);
  const roc = rocCurveOf(ranking);
  const recall = precisionRecallCurveOf(ranking);
  const input = fullInput({ rows: 1500 });
  const threshold = 0.3333;
  const at = confusionOf(ranking, threshold);
  Object.assign(input.evaluation, {
    weight: ranking.positiveWeight + ranking.negativeWeight,
    positiveWeight: ranking.positiveWeight,
    auc: rocAucOf(ranking),
    roc: { falsePositiveRate: [...roc.falsePositiveRate], truePositiveRate: [...roc.truePositiveRate], thresholds: [...roc.thresholds] },
    precisionRecall: { precision: [...recall.precision], recall: [...recall.recall], thresholds: [...recall.thresholds] },
    threshold,
    confusion: { truePositives: at.truePositives, falsePositives: at.falsePositives, falseNegatives: at.falseNegatives, trueNegatives: at.trueNegatives },
  });
  return { ranking, input, threshold };
}

/** What the panel says, by key. */
async function said(page: Page): Promise<Record<string, string>> {
  const nodes = await page.locator("#threshold [data-live]").all();
  return Object.fromEntries(await Promise.all(nodes.map(async (node) => [await node.getAttribute("data-live"), await node.textContent()] as const)));
}

/** What it has to say at a threshold, from the rows themselves. */
function wanted(ranking: Ranking, threshold: number, falsePositive: number, falseNegative: number): Record<string, string> {
  const c = confusionOf(ranking, threshold);
  const metric = (x: number): string => format("metric", x);
  return {
    truePositives: format("weight", c.truePositives),
    falsePositives: format("weight", c.falsePositives),
    falseNegatives: format("weight", c.falseNegatives),
    trueNegatives: format("weight", c.trueNegatives),
    precision: metric(c.precision),
    recall: metric(c.recall),
    f1: metric(c.f1),
    accuracy: metric(c.accuracy),
    positiveShare: metric((c.truePositives + c.falsePositives) / (ranking.positiveWeight + ranking.negativeWeight)),
    cost: format("weight", c.falsePositives * falsePositive + c.falseNegatives * falseNegative),
  };
}

test("the slider, by keyboard alone, says at every threshold what the rows say", async (t) => {
  await withChromium(t, async ({ open }) => {
    const { ranking, input, threshold } = ranked(5);
    const { page, troubles } = await open((await renderReport(input)).html);
    const range = page.locator("#threshold-range");
    const focused = (): Promise<unknown> => page.evaluate("document.activeElement.id");
    for (let i = 0; i < 300 && (await focused()) !== "threshold-range"; i++) await page.keyboard.press("Tab");
    t.is(await focused(), "threshold-range", "the slider is reached by the Tab key");
    t.like(await said(page), { ...wanted(ranking, threshold, 1, 6), threshold: format("metric", threshold) });
    const thresholds = [Number.POSITIVE_INFINITY, ...ranking.thresholds];
    const seen = new Set<string>();
    for (const key of ["ArrowLeft", "ArrowLeft", "PageDown", "PageUp", "PageUp", "ArrowRight", "Home", "PageUp", "End", "ArrowLeft"]) {
      await page.keyboard.press(key);
      const now = await said(page);
      const at = thresholds.find((x) => format("metric", x) === now["threshold"]) ?? Number.POSITIVE_INFINITY;
      t.like(now, wanted(ranking, at, 1, 6), `${key}: ${now["threshold"]}`);
      t.is(await range.getAttribute("aria-valuetext"), now["threshold"] ?? "");
      seen.add(now["truePositives"] ?? "");
    }
    t.true(seen.size >= 7, `${seen.size} different states`);
    await page.keyboard.press("End");
    t.regex((await said(page))["threshold"] ?? "", /nothing is called positive/);
    t.is((await said(page))["precision"], "undefined");
    t.false(await page.locator('svg[data-curve="precision"] .here circle').isVisible());
    await page.keyboard.press("Home");
    t.is((await said(page))["recall"], "1.0000");
    await page.locator("#threshold-said", { hasText: "recall 1.0000" }).waitFor({ state: "attached" });
    t.is(await page.locator("#threshold-said").getAttribute("aria-live"), "polite");
    t.deepEqual(troubles, []);
  });
});

test("thresholds and costs that are typed in count; marks stand on the curves; the least cost is the least", async (t) => {
  await withChromium(t, async ({ open }) => {
    const { ranking, input } = ranked(6);
    const { page, troubles } = await open((await renderReport(input)).html);
    for (const threshold of [0.1, 0.42, 0.12345, 0.9999, -3, 2]) {
      await page.locator("#threshold-number").fill(String(threshold));
      const now = await said(page);
      t.like(now, { ...wanted(ranking, threshold, 1, 6), threshold: format("metric", threshold) }, String(threshold));
      const c = confusionOf(ranking, threshold);
      const share = (c.truePositives + c.falsePositives) / (ranking.positiveWeight + ranking.negativeWeight);
      for (const [curve, x, y] of [
        ["roc", 1 - c.specificity, c.recall],
        ["precision", c.recall, c.precision],
        ["gain", share, c.recall],
      ] as const) {
        const svg = page.locator(`svg[data-curve="${curve}"]`);
        const [left, right, bottom, top] = ((await svg.getAttribute("data-frame")) ?? "").split(" ").map(Number) as [number, number, number, number];
        const mark = svg.locator(".here circle");
        if (Number.isNaN(y)) {
          t.false(await mark.isVisible(), curve);
          continue;
        }
        t.true(Math.abs(Number(await mark.getAttribute("cx")) - (left + x * (right - left))) < 0.1, `${curve} x at ${threshold}`);
        t.true(Math.abs(Number(await mark.getAttribute("cy")) - (bottom + y * (top - bottom))) < 0.1, `${curve} y at ${threshold}`);
      }
    }
    for (const [fp, fn] of [
      [1, 1],
      [1, 20],
      [5, 0.5],
      [0, 0],
    ] as const) {
      await page.locator("#cost-false-positive").fill(String(fp));
      await page.locator("#cost-false-negative").fill(String(fn));
      await page.locator("#threshold-cheapest").click();
      const costs = [Number.POSITIVE_INFINITY, ...ranking.thresholds].map((x) => {
        const c = confusionOf(ranking, x);
        return c.falsePositives * fp + c.falseNegatives * fn;
      });
      const now = await said(page);
      t.is(now["cost"], format("weight", Math.min(...costs)), `costs ${fp} and ${fn}`);
      t.is(now["leastCost"], now["cost"]);
    }
    await page.locator("#cost-false-negative").fill("-1");
    t.is(await page.locator("#cost-false-negative").getAttribute("aria-invalid"), "true");
    await page.locator("#threshold-start").click();
    t.is((await said(page))["threshold"], format("metric", 0.3333));
    t.deepEqual(troubles, []);
  });
});

test("the arithmetic of thresholds restores the weights of the rows, and finds the cheapest point", (t) => {
  for (const seed of [1, 2, 3]) {
    const { ranking } = ranked(seed);
    const roc = rocCurveOf(ranking);
    const points: DecisionPoints = {
      positive: ranking.positiveWeight,
      negative: ranking.negativeWeight,
      falsePositiveRate: [...roc.falsePositiveRate],
      truePositiveRate: [...roc.truePositiveRate],
      thresholds: [null, ...ranking.thresholds],
    };
    const costs = { falsePositive: 3, falseNegative: 7 };
    let least = Number.POSITIVE_INFINITY;
    for (const threshold of [2, 1, 0.5, 0.12345, 0, -1, ...ranking.thresholds]) {
      const c = confusionOf(ranking, threshold);
      const d = decide(points, pointAt(points, threshold), costs);
      for (const key of ["truePositives", "falsePositives", "falseNegatives", "trueNegatives", "precision", "recall", "f1", "accuracy"] as const)
        t.true(Object.is(d[key], c[key]) || Math.abs(d[key] - c[key]) < 1e-9, `${key} at ${threshold}: ${d[key]}, ${c[key]}`);
      least = Math.min(least, 3 * c.falsePositives + 7 * c.falseNegatives);
    }
    t.true(Math.abs(decide(points, cheapest(points, costs), costs).cost - least) < 1e-9);
  }
});

test("of a thinned curve the evaluation's own threshold is exact", async (t) => {
  const { ranking, input, threshold } = ranked(7);
  const { roc } = input.evaluation;
  const keep = <T>(list: readonly T[]): T[] => list.filter((_, i) => i % 40 === 0 || i === list.length - 1);
  Object.assign(roc, {
    falsePositiveRate: keep(roc.falsePositiveRate),
    truePositiveRate: keep(roc.truePositiveRate),
    thresholds: keep(roc.thresholds),
  });
  const { json } = await renderReport(input);
  const c = confusionOf(ranking, threshold);
  t.is(json.decision?.truePositives, c.truePositives);
  await withChromium(t, async ({ open }) => {
    const { page } = await open((await renderReport(input)).html);
    await page.locator("#threshold-range").press("ArrowLeft");
    await page.locator("#threshold-range").press("ArrowRight");
    t.like(await said(page), wanted(ranking, threshold, 1, 6));
  });
});

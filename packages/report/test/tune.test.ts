import { v1 } from "@crossbill/messages";
import { renderTune, summarizeTune } from "@crossbill/report";
import test from "ava";
import { parseHTML } from "linkedom";
import { format, type NumberKind } from "../dist/format.js";
import { cut, visible } from "../dist/text.js";
import { HOSTILE } from "./hostile.js";

const NUMBERS = {
  formatVersion: 1,
  auc: Number.NaN,
  averagePrecision: Number.NaN,
  brier: Number.NaN,
  accuracy: Number.NaN,
  rmse: Number.NaN,
  objective: Number.NaN,
};

/** A search over `paths`; trial i fails where i % 5 is 4. */
function searched(
  paths: readonly string[],
  valueAt: (parameter: number, trial: number) => unknown,
  trials = 12,
  more: Partial<v1.TuneInput.$Properties> = {},
): v1.TuneInput {
  return v1.TuneInput.create({
    title: "clicks",
    search: "random",
    metric: "loss",
    head: "logistic",
    seed: 3,
    trainRows: 9000,
    validationRows: 1000,
    parameters: paths.map((path, p) => ({ path, values: JSON.stringify([valueAt(p, 0)]), log: p === 0 })),
    trials: Array.from({ length: trials }, (_, i) => {
      const loss = 0.5 + ((i * 7) % 11) / 100;
      return {
        number: i + 1,
        values: paths.map((_path, p) => JSON.stringify(valueAt(p, i))),
        result:
          i % 5 === 4
            ? {
                ...NUMBERS,
                errorCode: "E_DIVERGED",
                errorMessage: "the loss is not finite",
                loss: Number.NaN,
                lossStandardError: Number.NaN,
                logLoss: Number.NaN,
              }
            : {
                ...NUMBERS,
                loss,
                lossStandardError: 0.013,
                logLoss: loss,
                nonZero: 400 - 20 * i,
                weights: 1000,
                bytes: 5000,
                epochs: 3,
                rows: 1000,
                modelSha256: `${i}`,
              },
        difference: loss - 0.5,
        differenceStandardError: 0.002,
      };
    }),
    best: 1,
    bestConfiguration: JSON.stringify({ model: { l1: 0.1 } }),
    sparsest: 9,
    sparsestConfiguration: JSON.stringify({ model: { l1: 0.2 } }),
    limit: 0.513,
    ...more,
  }) as v1.TuneInput;
}

const plain = (): v1.TuneInput => searched(["model.l1", "train.optimizer.kind"], (p, i) => (p === 0 ? 10 ** -(i % 6) : ["ftrl", "adagrad"][i % 2]));

interface Element {
  localName: string;
  textContent: string;
  attributes: Iterable<{ name: string }>;
  getAttribute(name: string): string | null;
}

function elements(html: string, selector: string): Element[] {
  return [...(parseHTML(html).document.querySelectorAll(selector) as unknown as Iterable<Element>)];
}

test("every number of a search's page is the rounding of the number in tune.json", async (t) => {
  const { html, json } = await renderTune(plain());
  const file: unknown = JSON.parse(JSON.stringify(json));
  const numbers = elements(html, "data");
  t.true(numbers.length > 60, `${numbers.length}`);
  for (const node of numbers) {
    const of = node.getAttribute("data-of") ?? "";
    const whole = of
      .split("/")
      .slice(1)
      .reduce<unknown>((at, step) => (at as Record<string, unknown> | null)?.[decodeURIComponent(step)], file) as number | null;
    t.true(whole === null || typeof whole === "number", of);
    t.is(node.textContent, format(node.getAttribute("data-kind") as NumberKind, whole), of);
  }
  t.is(elements(html, "svg").length, 2);
  t.true(html.includes("trials that failed"));
});

test("trials come best first, failed ones last; the chosen ones stand apart with their configuration", async (t) => {
  const { html, json } = await renderTune(plain());
  t.deepEqual(json.bestFirst, [1, 12, 9, 6, 3, 11, 8, 2, 7, 4, 5, 10]);
  t.deepEqual([json.best.trial, json.best.logLoss, json.best.nonZero, json.best.configuration], [1, 0.5, 400, { model: { l1: 0.1 } }]);
  t.deepEqual([json.oneStandardError?.trial, json.oneStandardError?.limit, json.oneStandardError?.configuration], [9, 0.513, { model: { l1: 0.2 } }]);
  t.deepEqual(json.trials[4]?.error, { code: "E_DIVERGED", message: "the loss is not finite" });
  t.deepEqual([json.trials[4]?.loss, json.trials[4]?.nonZero], [null, null]);
  t.deepEqual({ ...json.trials[1]?.parameters }, { "model.l1": 0.1, "train.optimizer.kind": "adagrad" });
  const rows = elements(html, "#trials tbody tr").map((row) => row.textContent);
  t.is(rows.length, 12);
  t.regex(rows[0]!, /^1model\.l1 1, train\.optimizer\.kind ftrl.*best$/);
  t.regex(rows[11]!, /failed: E_DIVERGED$/);
  const auc = searched(["a"], (_, i) => i, 4, { metric: "auc" });
  for (const [i, trial] of auc.trials.entries()) trial.result = v1.TrialResult.create({ ...trial.result, auc: [0.6, 0.9, 0.7, 0.8][i]! });
  t.deepEqual(summarizeTune(auc).bestFirst, [2, 4, 3, 1], "more is better");
});

test("a path is drawn against lambda: loss with its error, and non-zero weights", async (t) => {
  const { html } = await renderTune(searched(["model.l1"], (_, i) => 0.1 * 0.8 ** i, 20, { search: "path" }));
  const labels = elements(html, "svg").map((svg) => svg.getAttribute("aria-label"));
  t.deepEqual(labels, ["Validation loss against lambda", "Non-zero weights against lambda"]);
  t.true(html.includes("best + one standard error"));
});

test("rungs: trials of fewer epochs stand behind those of the last rung", (t) => {
  const input = searched(["a"], (_, i) => i, 4, {
    rungs: [
      { trials: 4, epochs: 1 },
      { trials: 2, epochs: 3 },
    ],
  });
  for (const [i, trial] of input.trials.entries()) trial.rung = i % 2 === 0 ? 1 : 2;
  t.deepEqual(summarizeTune(input).bestFirst, [2, 4, 1, 3]);
});

test("equal searches give equal bytes; nothing is asked for from outside", async (t) => {
  const { html } = await renderTune(plain());
  t.is((await renderTune(plain())).html, html);
  t.true(html.includes("default-src &#39;none&#39;"));
  t.is(elements(html, "iframe, img, object, link").length, 0);
  t.is(elements(html, "script").length, 1, "the pages' own");
  t.true(html.includes("script-src &#39;sha256-"));
});

test("hostile names and values of parameters leave the page with the same elements as plain ones, shown as text", async (t) => {
  const page = async (names: readonly string[]): Promise<string> => {
    const at = (i: number): string => names[i % names.length] ?? "";
    const input = searched(names.map((name, i) => (names === HOSTILE ? name : `${name}${i}`)).slice(0, 60), (p, i) => at(p + i), names.length, {
      title: at(1),
      bestConfiguration: JSON.stringify({ [at(2)]: names }),
      sparsestConfiguration: JSON.stringify({ a: at(3) }),
    });
    for (const [i, trial] of input.trials.entries()) if (trial.result?.errorCode) trial.result.errorCode = at(i);
    return (await renderTune(input)).html;
  };
  const bad = await page(HOSTILE);
  const clean = await page(HOSTILE.map((_, i) => `plain${i}`));
  const count = (html: string): Record<string, number> => {
    const found: Record<string, number> = {};
    for (const element of elements(html, "*")) {
      if (["script", "iframe", "img", "svg", "object", "form", "style", "a", "section", "tr"].includes(element.localName))
        found[element.localName] = (found[element.localName] ?? 0) + 1;
      for (const { name } of element.attributes) if (/^on/i.test(name)) found["handlers"] = (found["handlers"] ?? 0) + 1;
    }
    return found;
  };
  t.deepEqual(count(bad), count(clean));
  for (const pattern of [/<script/gi, /<img/gi, /<iframe/gi, /<svg/gi, /<!--/g, /\son\w+\s*=\s*["']?[^"'>\s]/gi])
    t.is((bad.match(pattern) ?? []).length, (clean.match(pattern) ?? []).length, String(pattern));
  t.is(/.{0,40}(?![\n\t])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066\u2067].{0,40}/u.exec(bad), null);
  const isolated = new Set(elements(bad, "bdi").map((node) => node.textContent));
  for (const text of HOSTILE.slice(0, 20)) t.true(isolated.has(cut(visible(text))), JSON.stringify(text.slice(0, 60)));
});

test("thousands of trials with endless values stay under 2 MB", async (t) => {
  const { html, json } = await renderTune(searched(["a".repeat(3000), "b"], (_, i) => "`&<".repeat(2000) + i, 3000));
  t.true(html.length < 2 ** 21, `${html.length}`);
  t.is(json.trials.length, 3000);
  t.true(html.includes("all are in tune.json"));
});

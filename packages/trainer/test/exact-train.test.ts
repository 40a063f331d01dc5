import { CrossbillError, v1 } from "@crossbill/messages";
import { fitLinear } from "@crossbill/trainer";
import test from "ava";
import { bits, problem, type Run, trainOn } from "./support.js";

const data = problem([900, 500, 65], [400, 130]);
const exact = (run: Run = {}): Run => ({
  train: { optimizer: { exact: { tolerance: 1e-9, maxIterations: 100 } } },
  model: { l2: 1e-3 },
  entriesPerWorker: 1,
  ...run,
});

test.serial("one solution, bit for bit, for any number of workers", async (t) => {
  for (const head of [v1.Head.LOGISTIC, v1.Head.SQUARED]) {
    const run = exact({ model: { l2: 1e-3, head } });
    const wanted = bits(await trainOn(data, { ...run, options: { workers: 1 } }));
    for (const workers of [2, 3, 7]) t.is(bits(await trainOn(data, { ...run, options: { workers } })), wanted, `${workers} workers`);
  }
});

test.serial("random sleeps before every barrier change nothing", async (t) => {
  for (const head of [v1.Head.LOGISTIC, v1.Head.SQUARED]) {
    const run = exact({ model: { l2: 1e-2, head }, train: { optimizer: { exact: { tolerance: 1e-3, maxIterations: 100 } } } });
    const wanted = bits(await trainOn(data, { ...run, options: { workers: 1 } }));
    process.env["CROSSBILL_FAULT"] = "gang:*:sleep";
    try {
      t.is(bits(await trainOn(data, { ...run, options: { workers: 3 } })), wanted, "sleeps");
    } finally {
      delete process.env["CROSSBILL_FAULT"];
    }
  }
});

test.serial("packs and arrays have the same optimum; the certificate, metrics and validation loss belong to it", async (t) => {
  const outcome = await trainOn(data, exact());
  const { features, categorical } = data.inputs;
  const rows = { offsets: [0], indices: [] as number[], values: [] as number[] };
  const put = (f: number, x: number): void => {
    rows.indices.push(f);
    rows.values.push(x);
  };
  const rowsOf = (packs: typeof data.packs) => {
    const labels: number[] = [];
    const weights: number[] = [];
    for (const pack of packs) {
      for (let r = 0; r < pack.label.length; r++) {
        for (const { name, offset } of categorical) put(offset + pack.ids[name]![r]!, 1);
        put(features - 3, pack.numbers["x0"]![r]!);
        const x1 = pack.numbers["x1"]![r]!;
        put(features - 2, Number.isNaN(x1) ? 0.25 : x1);
        if (Number.isNaN(x1)) put(features - 1, 1);
        rows.offsets.push(rows.indices.length);
        labels.push(pack.label[r]!);
        weights.push(pack.weight[r]!);
      }
    }
    return { labels, weights };
  };
  const { labels, weights } = rowsOf(data.packs.slice(0, 3));
  const fit = fitLinear({ rows, features, labels, weights }, { solver: "exact", l2: 1e-3, tolerance: 1e-9 });
  const far = Math.max(...outcome.weights.map((w, f) => Math.abs(w - fit.weights[f]!)));
  t.true(far < 1e-7, `${far}`);
  const c = outcome.metrics.certificate!;
  t.true(Math.abs(c.objective - fit.objective) < 1e-12);
  t.true(c.converged && c.relativeGradientNorm <= 1e-9);
  t.true(Math.abs(c.sumPredictions - c.sumLabels) <= 1e-12 * c.sumLabels);
  t.true(outcome.metrics.progressiveLoss < c.objective);
  t.is(outcome.metrics.curve.length, outcome.metrics.steps + 1);
  t.true(outcome.metrics.validationLoss > 0.2 && outcome.metrics.validationLoss < 0.8);
  t.is(outcome.rowsProcessed, outcome.metrics.epochs * 1465);
  t.deepEqual(outcome.warnings, []);
});

test.serial("too few steps are said, a stop by request and a worker lost twice end it, and the next call has the same bits", async (t) => {
  const clean = bits(await trainOn(data, exact()));
  const short = await trainOn(data, exact({ train: { optimizer: { exact: { tolerance: 1e-12, maxIterations: 2 } } } }));
  t.false(short.metrics.certificate!.converged);
  t.regex(short.warnings[0]!, /maxIterations/);
  const controller = new AbortController();
  controller.abort();
  const code = async (run: Run): Promise<string> => {
    const thrown = await t.throwsAsync(trainOn(data, exact(run)), { instanceOf: CrossbillError });
    return (thrown as CrossbillError).code;
  };
  t.is(await code({ options: { signal: controller.signal } }), "E_ABORTED");
  const later = new AbortController();
  setTimeout(() => later.abort(), 400);
  process.env["CROSSBILL_FAULT"] = "gang:*:sleep";
  try {
    t.is(await code({ options: { workers: 2, signal: later.signal } }), "E_ABORTED");
  } finally {
    delete process.env["CROSSBILL_FAULT"];
  }
  t.is(await code({ model: { l1: 0.1 } }), "E_UNSUPPORTED");
  t.is(await code({ options: { memoryBytes: 100_000 } }), "E_MEMORY");
  process.env["CROSSBILL_FAULT"] = "gang-1:stage25:throw:3";
  try {
    const thrown = await t.throwsAsync(trainOn(data, exact({ options: { workers: 2 } })), { instanceOf: CrossbillError });
    t.regex((thrown as CrossbillError).message, /injected fault/, "in both attempts");
  } finally {
    delete process.env["CROSSBILL_FAULT"];
  }
  t.is(bits(await trainOn(data, exact({ options: { workers: 2 } }))), clean);
});

import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { outputsOf, placeColumns } from "@crossbill/models";
import { sha256Hex } from "@crossbill/storage";
import { type PathPoint, trainPath } from "@crossbill/trainer";
import { BUILD } from "../build.js";
import type { RunContext } from "../context.js";
import { Serial } from "./at-once.js";
import type { PackSet } from "./pack-sets.js";
import { keepPathCalibration } from "./path-calibration.js";
import { type PlannedTrial, type TunePlan, withL1 } from "./plan.js";
import { measure } from "./run-trial.js";
import type { FoundTrial, SearchOutcome } from "./search.js";
import { TrialStore } from "./trial-store.js";

/**
 * The search `path`: every optimum of the regularisation path is a trial. The path is solved as a whole, the points are measured one after another and kept: when all are known
 * nothing is solved.
 * @throws what trainPath throws; E_ABORTED
 */
export async function searchPath(run: RunContext, plan: TunePlan, manifest: v1.IngestManifest): Promise<SearchOutcome> {
  const asked = plan.path!;
  const store = new TrialStore(run.root);
  const base = pathKey(run, asked, manifest);
  const keys = Array.from({ length: asked.lambdas }, (_, i) => sha256Hex(Buffer.from(`${base}\n${i}`)));
  const known = await Promise.all(keys.map(async (key) => (run.fresh ? null : store.read(key))));
  const trials: FoundTrial[] = [];
  if (known.every((result) => result !== null)) {
    for (const [i, result] of known.entries()) trials.push({ trial: withL1(plan, i + 1, result!.l1), result: result!, rung: 1 });
  } else {
    const { points, warnings } = await trainPath(
      {
        root: run.root,
        build: BUILD,
        specs: { model: run.compiled.model, train: run.compiled.train },
        manifest,
        placement: placeColumns(run.compiled.model, manifest.state),
        workers: run.workers,
        memoryBytes: run.memoryBytes,
        signal: run.signal,
        onProgress: ({ epoch, loss }) =>
          run.progress("tune", Number.NaN, `pass ${epoch}${epoch > 0 && Number.isFinite(loss) ? `, loss ${loss.toFixed(5)}` : ""}`),
      },
      asked,
    );
    for (const warning of warnings) run.notice(`tune: ${warning}`);
    const packs: PackSet = { root: run.root, manifest, executor: run.executor };
    const context = {
      run,
      store,
      serial: new Serial(),
      workers: run.workers,
      memoryBytes: run.memoryBytes,
      signal: run.signal,
      part: v1.Part.VALIDATION,
      keepPredictions: false,
    };
    for (const [i, point] of points.entries()) {
      const trial = withL1(plan, i + 1, point.l1);
      const result = known[i] ?? (await measure(context, keys[i]!, trial.compiled, packs, trained(trial, point, manifest)));
      trials.push({ trial, result, rung: 1 });
      run.progress("tune", (i + 1) / points.length, `${i + 1} of ${points.length} measured`);
    }
  }
  await store.keep(new Set(keys));
  await keepPathCalibration(
    run.root,
    manifest,
    trials.map(({ result }) => result),
  );
  const found = known.filter((result) => result !== null).length;
  return { trials, trained: keys.length - found, known: found };
}

/** Of everything that decides the path: of the model all but its own l1. */
function pathKey({ compiled }: RunContext, { lambdas, ratio }: NonNullable<TunePlan["path"]>, manifest: v1.IngestManifest): string {
  const model = decodeMessage(v1.ModelSpec, encodeMessage(v1.ModelSpec, compiled.model), "model");
  model.l1 = 0;
  const specs = [encodeMessage(v1.ModelSpec, model), encodeMessage(v1.TrainSpec, compiled.train)];
  return sha256Hex(
    Buffer.concat([Buffer.from(`${BUILD}\npath ${lambdas} ${ratio}\n${manifest.key}\n`), ...specs.flatMap((spec) => [Buffer.from(`${spec.length}:`), spec])]),
  );
}

function trained({ compiled }: PlannedTrial, point: PathPoint, manifest: v1.IngestManifest): Parameters<typeof measure>[4] {
  const placement = placeColumns(compiled.model, manifest.state);
  const outputs = outputsOf(compiled.model.head, manifest.classes.length);
  const weights = new Float64Array(outputs * placement.features);
  for (const [i, at] of point.weights.indices.entries()) weights[at] = point.weights.values[i]!;
  return {
    placement,
    weights,
    intercept: manifest.classes.length > 0 ? 0 : point.intercepts[0]!,
    intercepts: point.intercepts,
    metrics: v1.TrainMetrics.create({ epochs: point.passes, certificate: { objective: point.objective } }) as v1.TrainMetrics,
  };
}

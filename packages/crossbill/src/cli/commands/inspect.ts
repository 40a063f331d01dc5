import fs from "node:fs";
import path from "node:path";
import { manifestPath, openPack, readManifest } from "@crossbill/ingest";
import { CrossbillError, plainMessage } from "@crossbill/messages";
import { type ModelInfo, normsOf, strongestWeights, type WeightNorms, weightNorms } from "@crossbill/models";
import { inspectCollisions, resolveModel } from "@crossbill/pipeline";
import type { CommonOptions } from "../options.js";
import { stopOnSignals } from "../signals.js";
import { note, out, outJson, table } from "../terminal.js";
import { showCollisions } from "./show-collisions.js";
import { describeManifest, showManifest } from "./show-manifest.js";

export interface InspectOptions extends CommonOptions {
  against?: string;
  collisions?: boolean;
  salts?: number;
  weights?: number;
  column?: string;
  norm?: string;
}

/** What is in a work folder, an ingest manifest, a pack or a model, for people. */
export async function inspect(target: string, options: InspectOptions): Promise<void> {
  const at = path.resolve(target);
  if (!fs.existsSync(at)) throw new CrossbillError("E_FILE_MISSING", `${at}: there is no such file or folder`, { exitCode: 2 });
  const root = workFolderOf(at);
  if (options.collisions === true) return collisions(root ?? at, options);
  if (path.extname(at) === ".arrow" && path.basename(at) !== "weights.arrow") return inspectPack(at, options);
  const manifest = root === null ? null : await readManifest(root);
  if (root !== null && manifest !== null) {
    const described = await describeManifest(root, manifest, options.against);
    return options.json === true ? outJson(described) : showManifest(described);
  }
  return inspectModel(at, options);
}

/** The work folder that a path is, or whose manifest it is; null: neither. */
function workFolderOf(at: string): string | null {
  if (fs.existsSync(manifestPath(at))) return at;
  const root = path.dirname(path.dirname(at));
  return manifestPath(root) === at ? root : null;
}

async function collisions(root: string, options: InspectOptions): Promise<void> {
  const stop = stopOnSignals();
  try {
    const audits = await inspectCollisions(
      {
        cwd: process.cwd(),
        config: options.config,
        workdir: root,
        workers: options.workers,
        executor: options.executor,
        signal: stop.signal,
        onNotice: (text) => {
          if (options.quiet !== true) note(text);
        },
      },
      options.salts ?? 0,
    );
    if (options.json === true) outJson({ collisions: audits });
    else showCollisions(audits);
  } finally {
    stop.done();
  }
}

const STRONGEST = 20;

async function inspectModel(folder: string, options: InspectOptions): Promise<void> {
  const { model } = await resolveModel(folder, folder, process.cwd());
  const info = model.info();
  if (options.column !== undefined && !info.columns.some(({ name }) => name === options.column))
    throw new CrossbillError(
      "E_USAGE",
      `--column ${options.column}: the model has no such column; there are ${info.columns.map(({ name }) => name).join(", ")}`,
      {
        exitCode: 2,
      },
    );
  const { strongest } = await strongestWeights(model.path, options.weights ?? STRONGEST, options.column);
  const weights = strongest.map(({ feature, weight }) => ({ feature, weight }));
  const norms = await weightNorms(model, options.norm === undefined ? undefined : Number(options.norm));
  if (options.json === true)
    return outJson({
      ...info,
      norms: norms.all,
      columns: info.columns.map((column) => ({ ...column, norms: norms.columns.get(column.name) ?? normsOf([]) })),
      metrics: info.metrics === null ? null : plainMessage(info.metrics),
      weights,
    });
  out(
    table([
      ["what", "value"],
      ["kind", info.kind],
      ["head", info.head],
      ["sha256", info.sha256],
      ["weights non-zero / all", `${info.nonZero} / ${info.parameters}${info.weightFormat === "full" ? "" : ` (${info.weightFormat})`}`],
      ...(info.classes.length > 0 ? [["classes", info.classes.join(", ")]] : []),
      ["intercept", info.intercepts.join(", ")],
      ...(info.recalibration === null ? [] : [["recalibration", recalibrationText(info.recalibration)]]),
      ["bytes", String(info.bytes)],
      ["fields", info.fields.join(", ")],
      ...(info.lineage === null || info.lineage.engine === "" ? [] : [["layers trained by", info.lineage.engine]]),
    ]),
  );
  out("");
  const cells = ({ l1, l2, lInfinity, lp }: WeightNorms): string[] =>
    [l1, l2, lInfinity, ...(lp === null ? [] : [lp])].map((norm) => (norm === 0 ? "0" : norm.toPrecision(4)));
  out(
    table([
      ["column", "features", "non-zero (L0)", "L1", "L2", "Linf", ...(options.norm === undefined ? [] : [`L${options.norm}`])],
      ...info.columns.map((c) => [
        c.name,
        String(c.features),
        String(c.nonZero),
        ...cells(norms.columns.get(c.name) ?? normsOf([], norms.all.lp === null ? undefined : 1)),
      ]),
      ["all", String(info.columns.reduce((sum, { features }) => sum + features, 0)), String(norms.all.l0), ...cells(norms.all)],
    ]),
  );
  if (info.network !== null) showNetwork(info.network);
  if (weights.length === 0) return;
  out("");
  out(table([["strongest weights", "weight"], ...weights.map(({ feature, weight }) => [feature, weight.toPrecision(6)])]));
}

function showNetwork({ tables, towers, rank, fieldAware, parameters, scale }: NonNullable<ModelInfo["network"]>): void {
  out("");
  const names = towers.length === 1 ? ["layers"] : ["user's layers", "item's layers"];
  const layers = towers.flatMap((units, t) => (units.length > 1 ? [[names[t]!, units.join(" -> ")]] : []));
  const products = rank === null ? [] : [["rank of the products", `${rank}${fieldAware ? ", field-aware" : ""}`]];
  const unit = scale === 1 ? [] : [["its output times", scale.toPrecision(6)]];
  out(table([["network", ""], ["parameters", String(parameters)], ...layers, ...products, ...unit]));
  out("");
  out(
    table([
      ["embedding", "columns", "ids", "with a vector", "dimension"],
      ...tables.map(({ name, columns, rows, held, dimension }) => [name, columns.join(", "), String(rows), String(held), String(dimension)]),
    ]),
  );
}

function recalibrationText(map: NonNullable<ModelInfo["recalibration"]>): string {
  switch (map.kind) {
    case "isotonic":
      return `isotonic, ${map.knots.length} knots, probabilities ${map.values[0]} to ${map.values.at(-1)}`;
    case "platt":
      return `platt: sigmoid(${map.slope} logit + ${map.intercept})`;
    case "beta":
      return `beta: sigmoid(${map.a} log p - ${map.b} log(1 - p) + ${map.c})`;
    case "temperature":
      return `temperature ${map.temperature}`;
    case "sampling":
      return `sampling: negatives kept at ${map.negativeRate}, positives at ${map.positiveRate}`;
  }
}

async function inspectPack(file: string, options: InspectOptions): Promise<void> {
  const reader = await openPack(file);
  const { rows, label, weight, ids, numbers, pairs } = await reader.read(0, reader.rows);
  const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / rows;
  const columns = [
    ...[...ids].map(([name, of]) => ({ name, holds: "ids", distinct: new Set(of).size, missing: of.filter((id) => id === 0).length })),
    ...[...numbers].map(([name, of]) => ({
      name,
      holds: "numbers",
      distinct: new Set(of.filter((x) => !Number.isNaN(x))).size,
      missing: of.filter((x) => Number.isNaN(x)).length,
    })),
    ...[...pairs].map(([name, of]) => ({
      name,
      holds: "pairs",
      distinct: new Set(of.ids).size,
      missing: of.offsets.subarray(0, rows).filter((from, i) => of.offsets[i + 1] === from).length,
    })),
  ];
  if (options.json === true) return outJson({ rows, meanLabel: mean(label), meanWeight: mean(weight), columns });
  out(
    table([
      ["rows", "mean label", "mean weight"],
      [String(rows), mean(label).toPrecision(6), mean(weight).toPrecision(6)],
    ]),
  );
  out("");
  out(table([["column", "holds", "distinct", "missing"], ...columns.map((c) => [c.name, c.holds, String(c.distinct), String(c.missing)])]));
}

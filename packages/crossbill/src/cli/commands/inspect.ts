import fs from "node:fs";
import path from "node:path";
import { readManifest } from "@crossbill/ingest";
import { CrossbillError, v1 } from "@crossbill/messages";
import { resolveModel } from "@crossbill/pipeline";
import type { CommonOptions } from "../options.js";
import { out, outJson, table } from "../terminal.js";

/** What is in a work folder's packs or in a model, for people. */
export async function inspect(target: string, options: CommonOptions): Promise<void> {
  const folder = path.resolve(target);
  if (!fs.existsSync(folder)) throw new CrossbillError("E_FILE_MISSING", `${folder}: there is no such file or folder`, { exitCode: 2 });
  const manifest = fs.existsSync(path.join(folder, "ingest")) ? await readManifest(folder) : null;
  if (manifest !== null) {
    const partitions = manifest.partitions.map((p) => ({
      name: p.name ?? "",
      rows: p.rowsRead ?? 0,
      rejected: p.rowsRejected ?? 0,
      packs: p.packs?.length ?? 0,
      sha256: p.sha256 ?? "",
    }));
    if (options.json === true)
      return outJson({
        build: manifest.build,
        partitions,
        columns: manifest.state.columns.map((c) => ({ name: c.name, kind: c.kind })),
        generation: manifest.state.generation,
      });
    out(
      table([
        ["partition", "rows", "rejected", "packs", "sha256"],
        ...partitions.map((p) => [p.name, String(p.rows), String(p.rejected), String(p.packs), p.sha256.slice(0, 16)]),
      ]),
    );
    out("");
    out(table([["column", "kind"], ...manifest.state.columns.map((c) => [c.name, c.kind ?? ""])]));
    return;
  }
  const { model } = await resolveModel(folder, folder, process.cwd());
  const info = model.info();
  if (options.json === true) return outJson({ ...info, metrics: info.metrics === null ? null : v1.TrainMetrics.toObject(info.metrics) });
  out(
    table([
      ["what", "value"],
      ["head", info.head],
      ["sha256", info.sha256],
      ["weights non-zero / all", `${info.nonZero} / ${info.parameters}`],
      ...(info.classes.length > 0 ? [["classes", info.classes.join(", ")]] : []),
      ["intercept", info.intercepts.join(", ")],
      ["bytes", String(info.bytes)],
      ["fields", info.fields.join(", ")],
    ]),
  );
  out("");
  out(table([["column", "features", "non-zero"], ...info.columns.map((c) => [c.name, String(c.features), String(c.nonZero)])]));
}

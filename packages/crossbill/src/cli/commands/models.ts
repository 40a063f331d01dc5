import path from "node:path";
import { CrossbillError, plainMessage } from "@crossbill/messages";
import { loadConfig, workFolder } from "@crossbill/pipeline";
import { Registry, type VersionInfo } from "@crossbill/registry";
import type { CommonOptions } from "../options.js";
import { note, out, outJson, table } from "../terminal.js";

/** Versions that `gc` keeps where neither --keep nor the configuration's schedule.keep says otherwise. */
const KEEP = 14;

async function open(options: CommonOptions): Promise<{ registry: Registry; keep: number }> {
  const loaded = await loadConfig(options.config, process.cwd());
  return {
    registry: new Registry(path.join(workFolder(loaded, { workdir: options.workdir, cwd: process.cwd() }), "registry")),
    keep: loaded.config.schedule?.keep ?? KEEP,
  };
}

export async function list(options: CommonOptions): Promise<void> {
  const { registry } = await open(options);
  const versions = await registry.list();
  if (options.json === true) return outJson(versions.map(plain));
  if (versions.length === 0) return out(`nothing is published in ${registry.root}`);
  const number = (x: number | undefined): string => (x === undefined ? "-" : x.toFixed(5));
  out(
    table([
      ["version", "current", "log-loss", "AUC", "bias", "bytes"],
      ...versions.map((v) => [
        v.version,
        v.current ? "*" : "",
        number(v.metrics["logLoss"]),
        number(v.metrics["auc"]),
        number(v.metrics["bias"]),
        String(v.bytes),
      ]),
    ]),
  );
}

export async function show(version: string, options: CommonOptions): Promise<void> {
  const { registry } = await open(options);
  const name = version === "current" ? await registry.current() : version;
  if (name === null) throw new CrossbillError("E_NO_VERSION", `nothing is published in ${registry.root}`);
  const info = await registry.show(name);
  if (options.json === true) return outJson({ ...plain(info), path: info.path, bytes: info.bytes, lineage: plainMessage(info.lineage) });
  out(
    table([
      ["what", "value"],
      ["version", info.version],
      ["current", info.current ? "yes" : "no"],
      ["model sha256", info.modelSha256],
      ...Object.entries(info.metrics).map(([metric, value]) => [metric, String(value)]),
      ["parent", info.lineage.parent || "-"],
      ["build", info.lineage.build],
      ["configuration sha256", info.lineage.configSha256],
      ["path", info.path],
    ]),
  );
}

export async function rollback(version: string | undefined, options: CommonOptions): Promise<void> {
  const { registry } = await open(options);
  const now = await registry.rollback(version);
  if (options.json === true) return outJson({ current: now });
  out(`${now} is current`);
}

export async function gc(options: CommonOptions & { keep?: number }): Promise<void> {
  const { registry, keep } = await open(options);
  const removed = await registry.gc(options.keep ?? keep);
  if (options.json === true) return outJson({ removed });
  out(removed.length === 0 ? "nothing to remove" : `removed ${removed.join(", ")}`);
}

export async function fsck(options: CommonOptions): Promise<void> {
  const { registry } = await open(options);
  const { versions, problems, leftovers } = await registry.fsck();
  if (options.json === true) outJson({ versions, problems, leftovers });
  else
    out(
      `${versions} versions, ${problems.length} problems${leftovers.length > 0 ? `, ${leftovers.length} harmless leftovers of killed runs (crossbill models gc removes them)` : ""}`,
    );
  if (problems.length === 0) return;
  for (const problem of problems) note(`E_CORRUPT: ${problem}`);
  process.exitCode = 1;
}

function plain(v: VersionInfo): { version: string; sha256: string; current: boolean; pinned: boolean; metrics: Record<string, number> } {
  return { version: v.version, sha256: v.modelSha256, current: v.current, pinned: v.pinned, metrics: v.metrics };
}

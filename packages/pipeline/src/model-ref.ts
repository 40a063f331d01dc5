import fs from "node:fs";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { loadModel, MODEL_FILE } from "@crossbill/models";
import { isVersionName, Registry } from "@crossbill/registry";
import { candidatePath, readCandidate } from "./candidate.js";
import type { NamedModel } from "./steps/evaluate-step.js";

/**
 * Loads what a `<ref>` names: `current`, a version, `candidate`, or a path (a model folder, a folder that holds `model/`, or another work folder).
 * @throws E_NO_MODEL when there is none; what loadModel throws when it is damaged
 */
export async function resolveModel(ref: string, root: string, cwd: string): Promise<NamedModel> {
  const registry = new Registry(path.join(root, "registry"));
  if (ref === "current") {
    const current = await registry.current();
    if (current === null) throw new CrossbillError("E_NO_MODEL", `nothing is published in ${registry.root} yet; run: crossbill retrain`);
    return { name: current, model: await loadModel(path.join(registry.pathOf(current), "model")) };
  }
  if (ref === "candidate") return loadCandidate(root);
  if (isVersionName(ref)) return { name: ref, model: await loadModel(path.join(registry.pathOf(ref), "model")) };
  const folder = path.resolve(cwd, ref);
  for (const directory of [folder, path.join(folder, "model")]) {
    if (fs.existsSync(path.join(directory, MODEL_FILE))) return { name: ref, model: await loadModel(directory) };
  }
  if (fs.existsSync(path.join(folder, "candidate.pb"))) return { ...(await loadCandidate(folder)), name: ref };
  throw new CrossbillError(
    "E_NO_MODEL",
    `${ref}: no model there; a model is "current", "candidate", a version (crossbill models list), or the path of a model's or work folder`,
    { exitCode: 2 },
  );
}

async function loadCandidate(root: string): Promise<NamedModel> {
  const candidate = await readCandidate(root);
  if (candidate === null) throw new CrossbillError("E_NO_MODEL", `nothing was trained in ${root} yet; run: crossbill train`);
  return { name: "candidate", model: await loadModel(path.join(candidatePath(root, candidate), "model")) };
}

/**
 * What a new model is compared with: the current one. When the current one is this very model (its publication was done before),
 * the one it replaced: so that the same question gets the same answer. Null: there is none.
 */
export async function baselineOf(root: string, modelSha256: string): Promise<NamedModel | null> {
  const registry = new Registry(path.join(root, "registry"));
  let version = await registry.current();
  try {
    if (version !== null && (await registry.show(version)).modelSha256 === modelSha256) version = (await registry.show(version)).lineage.parent || null;
    if (version === null || !registry.versions().includes(version)) return null;
    return { name: version, model: await loadModel(path.join(registry.pathOf(version), "model")) };
  } catch (thrown) {
    if (!(thrown instanceof CrossbillError)) throw thrown;
    const { code, message, details, exitCode } = thrown;
    const next = `crossbill models rollback <version> makes another one current; where none is sound, delete ${path.join(registry.root, "current.pb")}`;
    throw new CrossbillError(code, `there is no comparing with the published model ${version}: ${message}; ${next}`, { cause: thrown, details, exitCode });
  }
}

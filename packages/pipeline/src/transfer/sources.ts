import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { Registry } from "@crossbill/registry";
import type { RunContext } from "../context.js";
import { resolveModel } from "../model-ref.js";

/** Loads the models that vectors come from, each once. */
export class Sources {
  readonly #run: RunContext;
  readonly #loaded = new Map<string, Promise<Model | null>>();

  constructor(run: RunContext) {
    this.#run = run;
  }

  /** @param ref a path is relative to the configuration's folder @returns null: "current", and nothing is published yet @throws E_NO_MODEL; what loadModel throws */
  of(ref: string): Promise<Model | null> {
    const model = this.#loaded.get(ref) ?? this.#load(ref);
    this.#loaded.set(ref, model);
    return model;
  }

  async #load(ref: string): Promise<Model | null> {
    const run = this.#run;
    if (ref === "current" && (await new Registry(run.registryRoot).current()) === null) {
      run.notice("train: nothing is published yet, vectors that would come from it start as others do");
      return null;
    }
    return (await resolveModel(ref, run.root, run.loaded.directory)).model;
  }
}

/** A table of another model. */
export interface SourceTable {
  /** A column of it, whose ids the vectors are of. */
  readonly column: string;
  readonly dimension: number;
  /** Ascending. */
  readonly ids: Uint32Array;
  /** f32[ids][d] */
  readonly vectors: Float32Array;
}

/** The table of a model by its name, or that of a column. @throws E_TRANSFER (exit code 2) */
export function sourceTable(model: Model, { model: ref, table: name }: v1.TransferSpec): SourceTable {
  const { plan, weights } = model.network ?? { plan: { tables: [] }, weights: { tables: [] } };
  const found = plan.tables.find(({ columns }) => columns.includes(name)) ?? plan.tables.find((table) => table.name === name);
  if (found === undefined) {
    const names = plan.tables.flatMap(({ columns }) => columns);
    throw transferError(
      name,
      `${ref} has no embedding of it${names.length === 0 ? "s: its model is linear" : `; it has those of ${names.join(", ")}: name one with from.column`}`,
    );
  }
  const { ids, vectors } = weights.tables[found.index]!;
  return { column: found.columns.includes(name) ? name : found.columns[0]!, dimension: found.dimension, ids, vectors };
}

/**
 * The specification with what its references are now: the sha256 of each source, and for "auto" dimensions that of its vectors; where nothing is published yet that could be one, without it. Without transfers the specification itself.
 * @param earlier what the very same training took when it was done: where a source is the model that came of it, its own sources count
 */
export async function withSources(spec: v1.ModelSpec, sources: Sources, earlier: Model | null = null): Promise<v1.ModelSpec> {
  if (!hasTransfers(spec)) return spec;
  const own = decodeMessage(v1.ModelSpec, encodeMessage(v1.ModelSpec, spec), "model");
  for (const table of tablesOf(own)) {
    const { from } = table;
    if (from === null) continue;
    const source = await sources.of(from.model);
    const was = source !== null && earlier?.sha256 === source.sha256 ? tablesOf(earlier.spec).find(({ name }) => name === table.name) : undefined;
    if (source === null || was?.from === null) {
      if (table.frozen) throw transferError(table.name, `nothing is published yet that its vectors could come from, and trainable: false needs them`);
      table.from = null;
      continue;
    }
    from.modelSha256 = was?.from?.modelSha256 ?? source.sha256;
    table.dimension ||= was?.dimension ?? sourceTable(source, from).dimension;
  }
  return own;
}

/** The specification as it is trained and published: sources by their sha256 alone, no reference and no path. */
export function withoutReferences(spec: v1.ModelSpec): v1.ModelSpec {
  if (!hasTransfers(spec)) return spec;
  const own = decodeMessage(v1.ModelSpec, encodeMessage(v1.ModelSpec, spec), "model");
  for (const { from } of tablesOf(own)) if (from !== null) from.model = "";
  return own;
}

export function hasTransfers(spec: v1.ModelSpec): boolean {
  return tablesOf(spec).some(({ from }) => from !== null);
}

function tablesOf({ network }: v1.ModelSpec): (Omit<v1.TableSpec, "from"> & { from: v1.TransferSpec | null })[] {
  return (network as v1.NetworkSpec | null)?.tables ?? [];
}

export function transferError(column: string, why: string): CrossbillError {
  return new CrossbillError("E_TRANSFER", `embedding of "${column}": ${why}`, { exitCode: 2 });
}

import { v1 } from "@crossbill/messages";
import { NO_FEATURE, type Placement, planNetwork } from "@crossbill/models";
import { sha256Hex } from "@crossbill/storage";
import type { InitialTable } from "@crossbill/trainer";
import { sameValues } from "./same-values.js";
import { type Sources, sourceTable, transferError } from "./sources.js";

/** What the tables of a network start with. */
export interface Transfer {
  readonly tables: InitialTable[];
  /** How many values were found, of each table. */
  readonly diagnostics: v1.Diagnostic[];
}

/** A training's columns and what was fitted of them. */
export interface Surroundings {
  readonly spec: v1.ModelSpec;
  readonly placement: Placement;
  readonly manifest: v1.IngestManifest;
  /** K of the head. */
  readonly outputs: number;
  readonly missing: readonly string[];
}

/**
 * The vectors that tables take from other models, matched by value.
 * @param around its specification is that of {@link withSources}, which still has its references
 * @throws E_TRANSFER (exit code 2) where there is no such table, its vectors have another length, its ids cannot be told in terms of this column, or no value has a vector there
 */
export async function transfer({ spec, placement, manifest, outputs, missing }: Surroundings, sources: Sources): Promise<Transfer> {
  const tables: InitialTable[] = [];
  const diagnostics: v1.Diagnostic[] = [];
  const planned = planNetwork(spec, placement, outputs)?.tables ?? [];
  for (const { name, columns, dimension, rows, index } of planned) {
    const from: v1.TransferSpec | null = spec.network.tables[index]!.from;
    if (from === null) continue;
    const model = (await sources.of(from.model))!; // withSources left it there
    const source = sourceTable(model, from);
    const column = columns[0]!;
    if (spec.network.kind === v1.NetworkSpec.Kind.FACTORIZED && outputs > 1 && model.classes.join("\n") !== manifest.classes.join("\n"))
      throw transferError(
        column,
        `its vectors are of the classes ${manifest.classes.join(", ")}, those of ${from.model} of ${model.classes.join(", ") || "none"}`,
      );
    if (source.dimension !== dimension)
      throw transferError(
        column,
        `its vectors have ${dimension} numbers, those of ${from.model} ${source.dimension}; say dimension: ${source.dimension}, or "auto"`,
      );
    const renamed = new Map(from.map.map(({ key, other }) => [key, other]));
    const ids = sameValues({ name: column, state: manifest.state, missing }, { name: source.column, state: model.state, missing: model.data.missing }, renamed);
    if (typeof ids === "string") throw transferError(column, `its values cannot be told by those of "${source.column}" in ${from.model}: ${ids}`);
    const found = vectorsOf(ids, source.ids, source.vectors, dimension);
    if (found.ids.length === 0)
      throw transferError(
        column,
        `none of its values has a vector in "${source.column}" of ${from.model}; from.map names values that are called otherwise there`,
      );
    tables.push({ name, ...found, sha256: sha256Hex(Buffer.concat([bytesOf(found.ids), bytesOf(found.vectors)])) });
    const unseen = rows - found.ids.length;
    diagnostics.push(
      v1.Diagnostic.create({
        code: "D_TRANSFER",
        message: `the embedding of "${column}" starts with the vectors of "${source.column}" of another model (sha256 ${model.sha256.slice(0, 16)}): ${found.ids.length} of its ${rows} ids have one, ${unseen} have none there and start as without it`,
        columns: [...columns],
        value: unseen,
        info: true,
      }) as v1.Diagnostic,
    );
  }
  return { tables, diagnostics };
}

/** The vectors of the ids that have one there. @param from by id the other one, NO_FEATURE: none @param others ascending, u32[n] @param vectors f32[n][d] */
function vectorsOf(from: Uint32Array, others: Uint32Array, vectors: Float32Array, d: number): { ids: Uint32Array; vectors: Float32Array } {
  const places = new Map<number, number>();
  for (let i = 0; i < others.length; i++) places.set(others[i]!, i);
  const ids = Uint32Array.from(from.keys()).filter((id) => from[id] !== NO_FEATURE && places.has(from[id]!));
  const own = new Float32Array(ids.length * d);
  for (const [i, id] of ids.entries()) {
    const at = places.get(from[id]!)! * d;
    own.set(vectors.subarray(at, at + d), i * d);
  }
  return { ids, vectors: own };
}

function bytesOf(array: Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

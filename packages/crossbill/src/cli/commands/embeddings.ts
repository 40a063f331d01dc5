import { CrossbillError } from "@crossbill/messages";
import { clusters, embeddingOf, type Model, neighbours } from "@crossbill/models";
import { usage } from "../failure.js";
import { modelOf } from "../model-of.js";
import { nearTexts } from "../near-texts.js";
import type { CommonOptions } from "../options.js";
import { rowOf } from "../row-of.js";
import { nameOf, out, outJson, table } from "../terminal.js";

export interface NeighboursOptions extends CommonOptions {
  column: string;
  key?: string;
  row?: string;
  k: number;
  metric: "cosine" | "dot" | "euclidean";
  among?: number;
  model?: string;
}

export interface ClustersOptions extends CommonOptions {
  column: string;
  k: number;
  model?: string;
}

/** Names of a cluster that a table shows. */
const SHOWN = 8;
const SUGGESTED = 5;

/** Values whose vectors are nearest to that of a value, or of a row. */
export async function showNeighbours(options: NeighboursOptions): Promise<void> {
  const { column, key, row, k, metric, among } = options;
  if ((key === undefined) === (row === undefined))
    throw usage("--key (a value of the column) or --row (the fields of a row, whose vector is taken): give one of them");
  const { model } = await modelOf(options);
  const search = { k, metric, ...(among === undefined ? {} : { among }) };
  const found =
    key === undefined
      ? neighbours(model, column, model.embed(rowOf(row!, "the row's fields"), { column }), search)
      : suggesting(model, column, key, () => neighbours(model, column, key, search));
  if (options.json === true) return outJson(found);
  out(table([[column, metric], ...found.map((one) => [nameOf(one.key), one.similarity.toFixed(4)])]));
}

/** Groups of a column's values by their vectors. */
export async function showClusters(options: ClustersOptions): Promise<void> {
  const { column, k } = options;
  const { model, seed } = await modelOf(options);
  const { keys, clusters: of, inertia, rounds } = clusters(model, column, k, seed);
  const groups = Array.from({ length: k }, (_, c) => keys.filter((_key, i) => of[i] === c));
  if (options.json === true) return outJson({ column, inertia, rounds, clusters: groups.map((members) => ({ size: members.length, keys: members })) });
  const names = (members: readonly string[]): string => members.slice(0, SHOWN).map(nameOf).join(", ") + (members.length > SHOWN ? ", ..." : "");
  out(table([["cluster", "values", "of them"], ...groups.map((members, c) => [String(c + 1), String(members.length), names(members)])]));
}

/** What asks for a value; where the column does not have it, those with nearly the same name are suggested. */
function suggesting<T>(model: Model, column: string, key: string, ask: () => T): T {
  try {
    return ask();
  } catch (thrown) {
    if (!(thrown instanceof CrossbillError) || thrown.code !== "E_KEY") throw thrown;
    const near = nearTexts(key, embeddingOf(model, column).keys, SUGGESTED);
    if (near.length === 0) throw thrown;
    const { code, message, details, exitCode } = thrown;
    throw new CrossbillError(code, `${message}; nearly the same are ${near.join(", ")}`, { cause: thrown, details: { ...details, near }, exitCode });
  }
}

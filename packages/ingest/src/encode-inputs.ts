import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { checkFields, namedFields } from "./check-fields.js";
import { sourceFormat } from "./format-names.js";
import { writeEncodingState } from "./held-state.js";
import type { IngestOptions } from "./ingest.js";
import { withClasses } from "./label-classes.js";
import { makeLocal, type OpenOptions, openSources, planSources } from "./open-sources.js";
import { nameFiles } from "./partitions.js";
import { encodePass } from "./passes.js";
import { RANGE_BYTES } from "./plan-file.js";
import { withSpool } from "./spool.js";
import { convertFiles, removeTables } from "./tables/convert-files.js";

export interface EncodeInputsOptions extends Pick<IngestOptions, "root" | "build" | "data" | "columns" | "executor" | "signal" | "rangeBytes" | "spool"> {
  /** Files with labels, compressed ones too, or addresses; they need not be among those that were ingested. */
  readonly inputs: readonly string[];
  /** Of the labels; empty: numbers, or 0 and 1. */
  readonly classes: readonly string[];
  /** What `columns` were fitted to; a pruned one will do. */
  readonly state: v1.FeatureState;
  /** Packs in terms of another model instead; `columns` still decide which rows are rejected, so that both have the same rows. */
  readonly foreign?: { readonly columns: readonly v1.ColumnSpec[]; readonly state: v1.FeatureState };
}

export interface EncodedInputs {
  /** Of the part TEST, in byte order of the files' names. */
  readonly packs: readonly v1.Pack[];
  readonly read: number;
  readonly rejected: number;
  /** Rejected rows by code. */
  readonly rejects: Readonly<Record<string, number>>;
}

/**
 * Packs of files that are only measured on: all their rows are of the part TEST, and nothing is learned from them.
 * @throws as ingest; E_UNSUPPORTED for data with histories, which go back to the rows that were ingested
 */
export async function encodeInputs(options: EncodeInputsOptions): Promise<EncodedInputs> {
  const { root, build, columns, executor, foreign, state } = options;
  if (options.data.histories.length > 0)
    throw new CrossbillError(
      "E_UNSUPPORTED",
      "other files than those of the configuration cannot be measured where columns are histories; name them in data.test",
      {
        exitCode: 2,
      },
    );
  const data = withClasses(withoutSplit(options.data), options.classes);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  return withSpool(options, async (spool) => {
    const named = [...namedFields(data, columns), ...namedFields(data, foreign?.columns ?? [])];
    const open: OpenOptions = { root, build, format: sourceFormat(data), rangeBytes: options.rangeBytes ?? RANGE_BYTES, spool, executor, named, ...signal };
    const sources = nameFiles(options.inputs, v1.Part.TEST);
    const opened = await openSources(sources, open);
    checkFields(
      sources,
      opened.map(({ head }) => head),
      data,
      columns,
    );
    const files = await planSources(opened, { ...open, onScanned: () => undefined });
    await makeLocal(files, open);
    const other = foreign === undefined ? {} : { foreign: v1.ForeignColumns.create({ columns: [...foreign.columns], part: v1.Part.TEST }) };
    const base = { root, build, data, columns, executor, fresh: false, ...signal, ...other };
    const readable = await convertFiles(files, base);
    const shards = await encodePass(readable, await writeEncodingState(root, foreign?.state ?? state), { ...base, onShard: () => undefined });
    await removeTables(root, readable);
    const rejects = new Map<string, number>();
    for (const { summary } of shards) for (const { code, rows } of summary.rejects) rejects.set(code, (rejects.get(code) ?? 0) + rows);
    return {
      packs: shards.flatMap(({ summary }) => summary.packs),
      read: shards.reduce((sum, { summary }) => sum + summary.rowsRead, 0),
      rejected: shards.reduce((sum, { summary }) => sum + summary.rowsRejected, 0),
      rejects: Object.fromEntries(rejects),
    };
  });
}

function withoutSplit(data: v1.DataSpec): v1.DataSpec {
  const copy = decodeMessage(v1.DataSpec, encodeMessage(v1.DataSpec, data), "data");
  return Object.assign(copy, { split: null });
}

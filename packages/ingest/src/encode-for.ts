import { CrossbillError, v1 } from "@crossbill/messages";
import { namedFields } from "./check-fields.js";
import { sourceFormat } from "./format-names.js";
import { writeEncodingState } from "./held-state.js";
import { type IngestOptions, sourcesOf } from "./ingest.js";
import { withClasses } from "./label-classes.js";
import { makeLocal, type OpenOptions, openSources, planSources } from "./open-sources.js";
import { encodePass } from "./passes.js";
import { RANGE_BYTES } from "./plan-file.js";
import { readHistories } from "./read-histories.js";
import type { PlannedFile } from "./scan-files.js";
import type { SplitCut } from "./split-cut.js";
import { type Spool, withSpool } from "./spool.js";
import { convertFiles, removeTables } from "./tables/convert-files.js";

export interface EncodeForOptions
  extends Pick<IngestOptions, "root" | "build" | "files" | "data" | "columns" | "nights" | "executor" | "signal" | "rangeBytes" | "spool"> {
  /** What these options were ingested to; the sources must still be those. */
  readonly manifest: v1.IngestManifest;
  readonly part: v1.Part;
  /** The other model's columns, and the state it encodes with (a pruned one will do). */
  readonly foreign: { readonly columns: readonly v1.ColumnSpec[]; readonly state: v1.FeatureState };
}

/**
 * Packs of the rows of one part in terms of another model's columns: the same rows in the same order as the manifest's packs of that part, so that
 * two models with different columns, or fitted differently, can be compared row by row. The files are read again. A value that the other columns would reject
 * counts as missing.
 * @throws E_INPUT_CHANGED when a file is not what was ingested; E_COLUMN_FIELD when the other columns read a field that the data lack
 */
export async function encodeFor(options: EncodeForOptions): Promise<v1.Pack[]> {
  return withSpool(options, (spool) => encodeFrom(spool, options));
}

async function encodeFrom(spool: Spool, options: EncodeForOptions): Promise<v1.Pack[]> {
  const { root, build, data, columns, executor, manifest, foreign, part } = options;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const named = [...namedFields(data, columns), ...namedFields(data, foreign.columns)];
  const open: OpenOptions = { root, build, format: sourceFormat(data), rangeBytes: options.rangeBytes ?? RANGE_BYTES, spool, executor, named, ...signal };
  const files = await planSources(await openSources(sourcesOf(options), open), { ...open, onScanned: () => undefined });
  for (const { source, plan } of files) {
    const known = manifest.partitions.find((partition) => partition.role === source.role && partition.name === source.name);
    if (known?.sha256 !== plan.sha256)
      throw new CrossbillError("E_INPUT_CHANGED", `${source.path}: not what was ingested; run: crossbill ingest`, { details: { path: source.path } });
  }
  const base = { root, build, data: withClasses(data, manifest.classes), columns, executor, fresh: false, ...signal };
  const other = v1.ForeignColumns.create({
    columns: [...foreign.columns],
    part,
    own: part === v1.Part.TRAIN ? manifest.state.states.filter(({ numeric }) => numeric != null) : [],
  });
  const wanted = ({ source }: PlannedFile): boolean => source.role === part || source.role === v1.Part.TRAIN;
  // A history may go back to any file.
  const needed = data.histories.length > 0 ? files : files.filter(wanted);
  await makeLocal(needed, open);
  const readable = await convertFiles(needed, { ...base, foreign: other });
  const cuts = new Map<PlannedFile, { cut: SplitCut }>();
  for (const file of readable) {
    const known = manifest.partitions.find(({ role, name }) => role === file.source.role && name === file.source.name);
    if (known?.cut != null) cuts.set(file, { cut: known.cut });
  }
  const shards = await encodePass(readable.filter(wanted), await writeEncodingState(root, foreign.state), {
    ...base,
    cuts,
    histories: await readHistories(readable, { ...base, cuts }),
    foreign: other,
    onShard: () => undefined,
  });
  await removeTables(root, readable);
  return shards.flatMap(({ summary }) => summary.packs);
}

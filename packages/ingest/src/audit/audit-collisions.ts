import { featureName } from "@crossbill/columns";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { readWhole, removeTree, sha256Hex } from "@crossbill/storage";
import { refPath, writeOutput } from "@crossbill/tasks";
import { namedFields } from "../check-fields.js";
import { sourceFormat } from "../format-names.js";
import { type IngestOptions, sourcesOf } from "../ingest.js";
import { withClasses } from "../label-classes.js";
import { specKey } from "../manifest.js";
import { makeLocal, type OpenOptions, openSources, planSources } from "../open-sources.js";
import { type PassOptions, runShards } from "../passes.js";
import { RANGE_BYTES } from "../plan-file.js";
import { expectedSharing } from "../profile/collisions.js";
import { readHistories } from "../read-histories.js";
import { withRuntime } from "../runtime.js";
import type { PlannedFile } from "../scan-files.js";
import type { SplitCut } from "../split-cut.js";
import { type Spool, withSpool } from "../spool.js";
import { STEPS } from "../steps.js";
import { convertFiles, removeTables } from "../tables/convert-files.js";
import { type AuditedColumn, auditedColumns } from "./audited-columns.js";
import { type CollisionReport, findCollisions, type HarmfulBucket } from "./collision-harm.js";
import { KeyTable } from "./key-table.js";

export interface AuditOptions
  extends Pick<IngestOptions, "root" | "build" | "files" | "data" | "columns" | "nights" | "executor" | "signal" | "rangeBytes" | "spool"> {
  /** What these options were ingested to; the sources must still be those. */
  readonly manifest: v1.IngestManifest;
  /** Salts 0 ... salts - 1 are tried, and the column's own; 0: only that. */
  readonly salts: number;
  /** Harmful buckets whose keys are named. */
  readonly named?: number;
}

export interface KeyFound {
  readonly name: string;
  readonly rows: number;
  /** Share of label 1. */
  readonly rate: number;
}

/** Of a salt. */
export interface SaltTried {
  readonly salt: number;
  readonly sharing: number;
  readonly harmful: number;
  /** Nats a row. */
  readonly harm: number;
}

export interface ColumnAudit {
  readonly column: string;
  readonly buckets: number;
  readonly salt: number;
  /** Distinct keys of the training rows: exact, or an estimate with a standard error of 0.23%. */
  readonly keys: number;
  /** Whether all keys were held; else all that follows is of a sample of 1 in `sampled` keys. */
  readonly exact: boolean;
  readonly sampled: number;
  readonly used: number;
  /** Share of keys that share a bucket: 1 - (1 - 1/B)^(keys - 1), of the keys held, and found. */
  readonly expectedShare: number;
  readonly foundShare: number;
  readonly tested: number;
  readonly harm: number;
  readonly harmful: readonly {
    readonly bucket: number;
    readonly rows: number;
    readonly pValue: number;
    readonly loss: number;
    readonly keys: readonly KeyFound[];
  }[];
  /** How many there are; `harmful` holds the worst. */
  readonly harmfulBuckets: number;
  readonly salts: readonly SaltTried[];
  /** Of those tried the one with the least harm, then the fewest shared keys; null: none were tried. */
  readonly bestSalt: number | null;
}

const NAMED = 10;
const KEYS_NAMED = 5;

/**
 * Counts the keys of every column that hashes over the training rows, in a pass of its own, and says which collide and hurt.
 * @throws E_INPUT_CHANGED when a file is not what was ingested, E_NOT_INGESTED when data or columns are others
 */
export async function auditCollisions(options: AuditOptions): Promise<ColumnAudit[]> {
  return withSpool(options, (spool) => auditFrom(spool, options));
}

async function auditFrom(spool: Spool, options: AuditOptions): Promise<ColumnAudit[]> {
  const { columns, manifest, data } = options;
  if (manifest.specKey !== specKey(data, columns, options.rangeBytes ?? RANGE_BYTES))
    throw new CrossbillError("E_NOT_INGESTED", "data or columns of the configuration are others than those of the last ingestion; run: crossbill ingest");
  const audited = auditedColumns(columns);
  if (audited.length === 0) return [];
  const { files, pass } = await plannedFiles(options, spool);
  const tables = new Map(audited.map((column) => [column.name, new KeyTable(column.inputs.length)]));
  for (const { columns: partials } of await audit(files, pass, v1.AuditRequest.create({ state: manifest.state, wanted: [] }))) {
    for (const partial of partials)
      tables
        .get(partial.column)!
        .merge(
          partial.level,
          new Uint32Array(buffer(partial.keys)),
          new Uint32Array(buffer(partial.inputs)),
          new Float64Array(buffer(partial.counts)),
          new Float64Array(buffer(partial.positives)),
        );
  }
  const labelled = !data.label.number && !data.label.multi;
  const found = await withRuntime((runtime) =>
    audited.map((column) => {
      const table = tables.get(column.name)!;
      const reportOf = (salt: number): CollisionReport => {
        const mark = runtime.arena.mark();
        try {
          const positives = labelled ? table.positives : new Float64Array(table.size);
          return findCollisions({ buckets: bucketsOf(column, table, salt, runtime), counts: table.counts, positives });
        } finally {
          runtime.arena.release(mark);
        }
      };
      const own = reportOf(column.salt);
      const salts = options.salts === 0 ? [] : [...new Set([...Array(options.salts).keys(), column.salt])].sort((a, b) => a - b);
      const tried = salts.map((salt): SaltTried => {
        const { sharing, harmful, harm } = salt === column.salt ? own : reportOf(salt);
        return { salt, sharing, harmful: harmful.length, harm };
      });
      const worst = own.harmful.slice(0, options.named ?? NAMED);
      return { column, table, own, tried, worst };
    }),
  );
  const names = await keyNames(found, files, pass, manifest.state);
  await removeTables(options.root, files);
  return found.map(({ column, table, own, tried, worst }, i): ColumnAudit => {
    const best = [...tried].sort((a, b) => a.harm - b.harm || a.sharing - b.sharing || a.salt - b.salt)[0];
    return {
      column: column.name,
      buckets: column.buckets,
      salt: column.salt,
      keys: table.size * 2 ** table.level,
      exact: table.level === 0,
      sampled: 2 ** table.level,
      used: own.used,
      expectedShare: expectedSharing(table.size, column.buckets),
      foundShare: table.size === 0 ? 0 : own.sharing / table.size,
      tested: own.tested,
      harm: own.harm,
      harmful: worst.map(({ bucket, rows, pValue, loss, keys }) => ({
        bucket,
        rows,
        pValue,
        loss,
        keys: keys
          .slice(0, KEYS_NAMED)
          .map((key) => ({ name: names[i]!.get(key) ?? "", rows: table.counts[key]!, rate: table.positives[key]! / table.counts[key]! })),
      })),
      harmfulBuckets: own.harmful.length,
      salts: tried,
      bestSalt: best?.salt ?? null,
    };
  });
}

async function plannedFiles(options: AuditOptions, spool: Spool): Promise<{ files: PlannedFile[]; pass: PassOptions }> {
  const { root, build, data, columns, executor, manifest } = options;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const named = namedFields(data, columns);
  const open: OpenOptions = { root, build, format: sourceFormat(data), rangeBytes: options.rangeBytes ?? RANGE_BYTES, spool, executor, named, ...signal };
  const planned = await planSources(await openSources(sourcesOf(options), open), { ...open, onScanned: () => undefined });
  for (const file of planned) {
    const known = manifest.partitions.find(({ role, name }) => role === file.source.role && name === file.source.name);
    if (known?.sha256 !== file.plan.sha256)
      throw new CrossbillError("E_INPUT_CHANGED", `${file.source.path}: not what was ingested; run: crossbill ingest`, { details: { path: file.source.path } });
  }
  const needed = data.histories.length > 0 ? planned : planned.filter(({ source }) => source.role === v1.Part.TRAIN);
  await makeLocal(needed, open);
  const judged = { root, build, data: withClasses(data, manifest.classes), columns, executor, fresh: false, ...signal };
  const all = await convertFiles(needed, judged);
  const cuts = new Map<PlannedFile, { cut: SplitCut }>();
  for (const file of all) {
    const known = manifest.partitions.find(({ role, name }) => role === file.source.role && name === file.source.name);
    if (known?.cut != null) cuts.set(file, { cut: known.cut });
  }
  const files = all.filter(({ source }) => source.role === v1.Part.TRAIN);
  const base = { ...judged, cuts };
  // Results are not taken from earlier ones, nor kept: an audit is asked for seldom.
  return { files, pass: { ...base, fresh: true, histories: await readHistories(all, base), onShard: () => undefined } };
}

async function audit(files: readonly PlannedFile[], pass: PassOptions, request: v1.AuditRequest): Promise<v1.AuditPartial[]> {
  const bytes = encodeMessage(v1.AuditRequest, request);
  const ref = await writeOutput(pass.root, sha256Hex(bytes), "audit.pb", bytes);
  const results = await runShards(STEPS.audit, files, ref, pass);
  const partials: v1.AuditPartial[] = [];
  for (const { result } of results) {
    const output = refPath(pass.root, result.outputs[0]!);
    partials.push(decodeMessage(v1.AuditPartial, await readWhole(output), output));
    await removeTree(output);
  }
  await removeTree(refPath(pass.root, ref));
  return partials;
}

/** Names of the keys of the worst buckets, by column and index of the key: texts of raw fields come from a second pass, the rest from the state. */
async function keyNames(
  found: readonly { readonly column: AuditedColumn; readonly table: KeyTable; readonly worst: readonly HarmfulBucket[] }[],
  files: readonly PlannedFile[],
  pass: PassOptions,
  state: v1.FeatureState,
): Promise<Map<number, string>[]> {
  const shown = found.map(({ worst }) => worst.flatMap(({ keys }) => keys.slice(0, KEYS_NAMED)));
  const wanted = found.flatMap(({ column, table }, i) => {
    if (shown[i]!.length === 0) return [];
    const keys = Uint32Array.from(shown[i]!.flatMap((key) => [table.keys[2 * key]!, table.keys[2 * key + 1]!]));
    return [v1.AuditWanted.create({ column: column.name, keys: new Uint8Array(keys.buffer) })];
  });
  const texts = new Map<string, Map<number, string[]>>(found.map(({ column }) => [column.name, new Map()]));
  if (wanted.length > 0) {
    for (const partial of await audit(files, pass, v1.AuditRequest.create({ state, wanted }))) {
      for (const { column, keys, texts: own } of partial.columns) {
        const { table, column: of } = found.find((one) => one.column.name === column)!;
        const halves = new Uint32Array(buffer(keys));
        for (let i = 0; 2 * i < halves.length; i++)
          texts.get(column)!.set(table.find(halves[2 * i]!, halves[2 * i + 1]!), own.slice(i * of.inputs.length, (i + 1) * of.inputs.length));
      }
    }
  }
  return found.map(({ column, table }, i) => {
    const width = column.inputs.length;
    const nameOf = (key: number): string =>
      column.inputs
        .map((input, k) => {
          if (input.column === null) return `${input.name}=${texts.get(column.name)!.get(key)?.[k] ?? "?"}`;
          const spec = state.columns.find(({ name }) => name === input.name)!;
          return featureName(spec, state, table.inputs[2 * (width * key + k)]!);
        })
        .join(" x ");
    return new Map(shown[i]!.map((key) => [key, nameOf(key)]));
  });
}

/** The bucket of every key, from 0. */
function bucketsOf(
  { buckets, crossed }: AuditedColumn,
  table: KeyTable,
  salt: number,
  { arena, kernels }: Parameters<Parameters<typeof withRuntime>[0]>[0],
): Uint32Array {
  const n = table.size;
  const [out, state, present, lengths] = [arena.take(4 * n), arena.take(8 * n), arena.take(n), arena.take(4 * n)];
  if (!crossed) {
    arena.u32(state, 2 * n).set(table.keys);
    kernels.fill_bytes(lengths, 0, 4 * n);
    kernels.hashed_ids_u32(out, state, lengths, n, buckets, salt);
  } else {
    const { inputs } = table;
    const width = n === 0 ? 0 : inputs.length / (2 * n);
    const one = arena.take(8 * n);
    kernels.cross_begin_u64(state, present, n, salt);
    for (let k = 0; k < width; k++) {
      const halves = arena.u32(one, 2 * n);
      for (let i = 0; i < n; i++) {
        halves[2 * i] = inputs[2 * (width * i + k)]!;
        halves[2 * i + 1] = inputs[2 * (width * i + k) + 1]!;
      }
      kernels.cross_texts_u64(state, present, one, n);
    }
    kernels.fill_bytes(present, 1, n);
    kernels.cross_end_u32(out, state, present, n, buckets);
  }
  return arena.u32(out, n).map((id) => id - 1);
}

function buffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

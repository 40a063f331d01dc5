import { encodesAlike } from "@crossbill/columns";
import { CrossbillError, v1 } from "@crossbill/messages";
import { faultPoint } from "@crossbill/storage";
import { collectGarbage, type Executor } from "@crossbill/tasks";
import { checkFields, namedFields } from "./check-fields.js";
import { checkTraining } from "./check-training.js";
import { ProfileFold } from "./fold-profiles.js";
import { sourceFormat } from "./format-names.js";
import { formatOf } from "./formats.js";
import { partitionOf, rejectedOf, splitResult } from "./ingested-partitions.js";
import { forgetPlans } from "./known-plans.js";
import { unionOfClasses, withClasses } from "./label-classes.js";
import { lostPack, MANIFEST_FORMAT, manifestKey, readManifest, specKey, writeManifest } from "./manifest.js";
import { makeLocal, type OpenOptions, openSources, planSources } from "./open-sources.js";
import { addOutliers } from "./outliers.js";
import { decide, nameFiles } from "./partitions.js";
import { encodePass, fitPass, learn, type PassOptions, type ShardResult } from "./passes.js";
import { RANGE_BYTES } from "./plan-file.js";
import { type CheckSpec, DEFAULT_CHECKS } from "./profile/check-spec.js";
import { profileRun } from "./profile/profile-run.js";
import { removeProfiles } from "./profile/store-profile.js";
import { statSource } from "./read-head.js";
import { readHistories } from "./read-histories.js";
import { compareSplits } from "./recut.js";
import { checkRejects, writeRejects } from "./rejects-file.js";
import type { PlannedFile } from "./scan-files.js";
import { inputChanged } from "./source-bytes.js";
import { splitFiles } from "./split-files.js";
import { type Spool, withSpool } from "./spool.js";
import { STEPS } from "./steps.js";
import { convertFiles, removeTables } from "./tables/convert-files.js";

export interface IngestOptions {
  /** Work folder: `<root>/ingest/manifest.pb`, `<root>/ingest/rejects.jsonl`, packs under `<root>/objects/`. The executor's root must be the same. */
  readonly root: string;
  /** Of the code; another one starts over. */
  readonly build: string;
  /** Absolute paths, `-` for standard input, addresses. Files of validation and test take that role whole; those of train are split as `data.split` says. */
  readonly files: { readonly train: readonly string[]; readonly validation: readonly string[]; readonly test: readonly string[] };
  readonly data: v1.DataSpec;
  readonly columns: readonly v1.ColumnSpec[];
  /** `window`: newest files of train that count (0: all); `refitEveryNights`: every so many nights everything is fitted anew (0: never). */
  readonly nights: { readonly window: number; readonly refitEveryNights: number };
  /** Made with {@link ingestHandlers}. */
  readonly executor: Executor;
  /** What of the data is compared with an earlier run's; default: {@link DEFAULT_CHECKS}, which warns and never fails. */
  readonly checks?: CheckSpec;
  /** Fit and ingest everything, whatever is there. */
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: IngestProgress) => void;
  /** Where plain local files are made of sources that are none; default: one of its own under `root`. */
  readonly spool?: Spool;
  /** Bytes of a range; for tests only. Another size gives other shards and packs. */
  readonly rangeBytes?: number;
}

export interface IngestProgress {
  /** `convert`: of formats that are parsed in a process of their own. */
  readonly phase: "scan" | "convert" | "split" | "fit" | "encode";
  /** Bytes. */
  readonly done: number;
  readonly total: number;
  /** Rows done in this phase; 0 before `fit`. */
  readonly rows: number;
}

/** `read`, `rejected`, `rejects`, `outliers` and `bytes` count what this run ingested: new partitions only. */
export interface IngestOutcome {
  readonly manifest: v1.IngestManifest;
  readonly read: number;
  readonly rejected: number;
  readonly rejects: Record<string, number>;
  /** Values outside the bounds of numeric columns, by column and part (those of rows rejected for them too); without zeros. */
  readonly outliers: readonly v1.OutlierCount[];
  /** Absolute path, or null. */
  readonly rejectsFile: string | null;
  /** Nothing was new. */
  readonly skipped: boolean;
  readonly bytes: number;
  /** Why everything was ingested anew; null when it was not. */
  readonly anew: string | null;
}

/**
 * Brings the work folder up to date with the files: see the README for the steps. The manifest is written last, so that a reader sees the old
 * ingestion or the whole new one; the same call continues a run that was killed.
 * @throws E_FILE_MISSING, E_EMPTY_FILE, E_NO_ROWS, E_ENCODING, E_HEADER, E_DUPLICATE_COLUMN, E_HEADER_MISMATCH, E_COLUMN_MISSING, E_QUOTE_OPEN, E_JSON,
 * E_TOO_MANY_REJECTS, E_ONE_CLASS, E_CLASSES, E_WEIGHT, E_INPUT_CHANGED, E_CORRUPT, E_CSV_DIALECT, E_FILE_TWICE, E_SCHEMA_CHANGED, E_DATA_DRIFT, E_NO_PROFILE; what columns, tasks and storage throw
 */
export async function ingest(options: IngestOptions): Promise<IngestOutcome> {
  return withSpool(options, (spool) => ingestFrom(spool, options));
}

async function ingestFrom(spool: Spool, options: IngestOptions): Promise<IngestOutcome> {
  const { root, build, data, columns, executor, signal } = options;
  const rangeBytes = options.rangeBytes ?? RANGE_BYTES;
  const fresh = options.fresh ?? false;
  const source = sourceFormat(data);
  formatOf(source.format).check(source);
  const sources = sourcesOf(options);
  const open: OpenOptions = {
    root,
    build,
    format: source,
    rangeBytes,
    spool,
    executor,
    named: namedFields(data, columns),
    ...(signal === undefined ? {} : { signal }),
  };
  const opened = await openSources(sources, open);
  faultPoint("ingest", "after-open");
  checkFields(
    sources,
    opened.map(({ head }) => head),
    data,
    columns,
  );

  const track = tracker(options);
  const scanned = track(
    "scan",
    opened.reduce((sum, { head, plan }) => sum + (plan === null ? head.size : 0), 0),
  );
  const planned = await planSources(opened, { ...open, onScanned: (bytes) => scanned(bytes, 0) });
  faultPoint("ingest", "after-scan");

  const before = fresh ? null : await readManifest(root);
  const spec = specKey(data, columns, rangeBytes);
  const found = planned.map(({ source, plan }) => ({ name: source.name, role: source.role, sha256: plan.sha256 }));
  const decision = decide(found, before, { build, specKey: spec, lostPack: before === null ? null : lostPack(root, before), fresh, ...options.nights });
  const forget = (): Promise<void> => forgetPlans(root, new Set(opened.flatMap(({ key }) => (key === null ? [] : [key]))));
  if (decision.kind === "skip") {
    await forget();
    return { manifest: before!, read: 0, rejected: 0, rejects: {}, outliers: [], rejectsFile: null, skipped: true, bytes: 0, anew: null };
  }

  const base: Omit<PassOptions, "onShard"> = { root, build, data, columns, executor, fresh, ...(signal === undefined ? {} : { signal }) };
  // Times are read from the rows themselves.
  if (data.split?.time != null)
    await makeLocal(
      planned.filter(({ source }) => source.role === v1.Part.TRAIN),
      open,
    );
  // Files that stay as they are need not be converted, unless a split or a history looks at all of them.
  const whole = decision.kind === "anew" || data.split?.time != null || data.split?.order != null || data.histories.length > 0;
  const unread = whole ? planned : decision.fresh.map((i) => planned[i]!);
  if (formatOf(source.format).table !== undefined) await makeLocal(unread, open);
  const converted = track(
    "convert",
    unread.reduce((sum, { head }) => sum + head.size, 0),
  );
  const readable = new Map((await convertFiles(unread, { ...base, onConverted: (bytes) => converted(bytes, 0) })).map((file) => [file.source, file]));
  const files = planned.map((file) => readable.get(file.source) ?? file);
  const timed = track("split", bytesOf(files.filter(({ source }) => source.role === v1.Part.TRAIN)));
  const split = await splitFiles(files, { ...base, onShard: ({ bytes }) => timed(bytes, 0) });
  const append = decision.kind === "append" ? decision : null;
  const { moved, back } = compareSplits(files, append?.kept ?? [], split);
  const reason = decision.kind === "anew" ? decision.reason : back;
  const anew = append === null || reason !== null;
  // Read for the first time. What was ingested before is encoded again where its rows change their part.
  const news = new Set(anew ? files : append.fresh.map((i) => files[i]!));
  const todo = files.filter((file) => news.has(file) || moved.has(file));
  // A history may go back to any file.
  await makeLocal(data.histories.length > 0 ? files : todo, open);
  faultPoint("ingest", "after-spool");
  const train = todo.filter(({ source }) => source.role === v1.Part.TRAIN);
  const cuts = new Map([...(split?.files ?? [])].map(([file, cut]) => [file, { cut, counted: anew ? undefined : moved.get(file) }]));
  // Classes of labels are frozen until a refit, as what columns learned is.
  const known = data.label.classes.length > 0 || anew ? data.label.classes : before!.classes;
  const learning = data.label.multi && known.length === 0;
  const judged = { ...base, cuts, data: withClasses(data, known) };
  const pass = { ...judged, histories: await readHistories(files, judged) };
  const read = [...news].reduce((sum, { plan }) => sum + plan.rows, 0);
  const yesterday = anew ? null : before!.state;

  // Where rows encode alike under every state, the packs need not wait for it: one pass does for both.
  const once = encodesAlike(columns) && !learning;
  const profiles = new ProfileFold(root);
  const counted = once ? track("encode", bytesOf(todo)) : track("fit", bytesOf(train));
  const fitted = await fitPass(once ? STEPS.both : STEPS.fit, once ? todo : train, {
    ...pass,
    ...(once ? { profiles: { fold: profiles, of: news } } : {}),
    onShard: ({ bytes, rows }) => counted(bytes, rows),
  });
  const { shards: fitShards } = fitted;
  const isNew = ({ file }: ShardResult): boolean => news.has(file);
  const seen = rejectedOf(fitShards.filter(isNew));
  if (seen > data.maxRejected * read || (fitted.partial === null && anew)) {
    const rejected = await writeRejects(root, fitShards.filter(isNew).map(withPath));
    checkRejects(rejected, read, data.maxRejected);
    throw new CrossbillError(
      "E_NO_ROWS",
      `no training rows in ${train.map(({ source }) => source.path).join(", ")}: ${read} rows were read, ${seen} of them rejected, the split put none of the others into the training part`,
    );
  }
  const held = await learn(root, yesterday, columns, fitted);
  if (!held.inMemory) collectGarbage();
  const classes = learning ? unionOfClasses(data.label.field, classesOf(fitShards)) : known;
  faultPoint("ingest", "after-fit");

  const shards = once
    ? fitShards
    : await encodeAll(
        todo,
        await held.encoding(),
        { ...pass, data: withClasses(data, classes), profiles: { fold: profiles, of: news } },
        track("encode", bytesOf(todo)),
      );
  faultPoint("ingest", "after-encode");
  // All rows are read: the threads need not hold the memory for them while the rest is done here.
  await executor.rest?.();
  const rejected = await writeRejects(root, shards.filter(isNew).map(withPath));
  checkRejects(rejected, read, data.maxRejected);

  const history = before ?? (await lastManifest(root));
  const made = new Map(
    todo.map((file) => [
      file.source,
      partitionOf(
        file,
        shards.filter((shard) => shard.file === file),
        held.generation,
        split?.files.get(file),
      ),
    ]),
  );
  const partitions = files.map(
    (file) => made.get(file.source) ?? before!.partitions.find((kept) => kept.role === file.source.role && kept.name === file.source.name)!,
  );
  checkTraining(partitions, data, anew && data.label.fields.length === 0 ? unionOfClasses(data.label.field, classesOf(fitShards)) : classes);
  spool.checkUnchanged();
  for (const { source, head } of files) {
    if (!spool.isDirect(source.address)) continue;
    const now = statSource(head.path);
    if (now.size !== head.size || now.modified !== head.modified) throw inputChanged(head.path, "its size or time is another now");
  }
  const night = !anew && [...news].some(({ source }) => source.role === v1.Part.TRAIN);
  // In a function of its own, so that the state is let go before the manifest is read as its readers will see it: large, there is room for one of them.
  const publish = async (): Promise<readonly string[]> => {
    const state = await held.take();
    const key = manifestKey(spec, partitions, state, classes);
    const profiled = await profileRun(root, {
      columns,
      key,
      history,
      profile: await profiles.finish(),
      spec: options.checks ?? DEFAULT_CHECKS,
      anew,
    });
    const manifest = v1.IngestManifest.create({
      formatVersion: MANIFEST_FORMAT,
      build,
      specKey: spec,
      data,
      partitions,
      state,
      nightsSinceRefit: anew ? 0 : before!.nightsSinceRefit + (night ? 1 : 0),
      key,
      ...(data.split == null ? {} : { split: splitResult(partitions, split) }),
      ...profiled.entries,
      classes: [...classes],
    });
    faultPoint("ingest", "before-manifest");
    await writeManifest(root, manifest);
    return profiled.dropped;
  };
  const dropped = await publish();
  if (!held.inMemory) collectGarbage();
  const written = await readManifest(root);
  await removeProfiles(root, dropped);
  await forget();
  await removeTables(root, files);
  return {
    manifest: written!,
    read,
    rejected: rejected.rows,
    rejects: { ...rejected.byCode },
    outliers: addOutliers(shards.filter(isNew).map(({ summary }) => summary.outliers)),
    rejectsFile: rejected.file,
    skipped: false,
    bytes: bytesOf([...news]),
    anew: reason,
  };
}

/** The manifest that `fresh` leaves aside, for the profiles it names; null where it cannot be read. */
async function lastManifest(root: string): Promise<v1.IngestManifest | null> {
  try {
    return await readManifest(root);
  } catch (thrown) {
    if (thrown instanceof CrossbillError && thrown.code !== "E_IO") return null;
    throw thrown;
  }
}

/** All files: of train those of the window, then of validation, then of test, each in byte order of their names. */
export function sourcesOf({ files, nights }: Pick<IngestOptions, "files" | "nights">) {
  const train = nameFiles(files.train, v1.Part.TRAIN);
  if (train.length === 0) throw new CrossbillError("E_FILE_MISSING", "data.train names no file; there must be one at least");
  return [...train.slice(nights.window > 0 ? -nights.window : 0), ...nameFiles(files.validation, v1.Part.VALIDATION), ...nameFiles(files.test, v1.Part.TEST)];
}

function classesOf(shards: readonly ShardResult[]): string[][] {
  return shards.map(({ summary }) => summary.classes);
}

function encodeAll(
  files: readonly PlannedFile[],
  state: v1.Ref,
  pass: Omit<PassOptions, "onShard">,
  encoded: (bytes: number, rows: number) => void,
): Promise<ShardResult[]> {
  return encodePass(files, state, { ...pass, onShard: ({ bytes, rows }) => encoded(bytes, rows) });
}

function tracker({ onProgress }: IngestOptions): (phase: IngestProgress["phase"], total: number) => (bytes: number, rows: number) => void {
  return (phase, total) => {
    let done = 0;
    let rowsDone = 0;
    return (bytes, rows) => {
      done += bytes;
      rowsDone += rows;
      onProgress?.({ phase, done, total, rows: rowsDone });
    };
  };
}

function bytesOf(files: readonly PlannedFile[]): number {
  return files.reduce((sum, { plan }) => sum + plan.shards.reduce((bytes, shard) => bytes + shard.end - shard.start, 0), 0);
}

function withPath({ file, summary }: ShardResult): { path: string; summary: v1.ShardSummary } {
  return { path: file.source.path, summary };
}

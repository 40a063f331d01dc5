import type { Executor } from "@crossbill/tasks";
import type { SourceFormat } from "./format-names.js";
import { formatOf } from "./formats.js";
import { type KnownPlan, planKey, readPlan, writePlan } from "./known-plans.js";
import { joinOpenHeads } from "./open-fields.js";
import type { SourceName } from "./partitions.js";
import type { FilePlan } from "./plan-file.js";
import type { Head } from "./read-head.js";
import { withRuntime } from "./runtime.js";
import { type PlannedFile, scanFiles } from "./scan-files.js";
import type { Spool } from "./spool.js";

export interface OpenOptions {
  /** Work folder, where plans of sources that are no plain local files are kept. */
  readonly root: string;
  readonly build: string;
  readonly format: SourceFormat;
  readonly rangeBytes: number;
  readonly spool: Spool;
  /** Fields that are asked for, wherever they are. */
  readonly named: Iterable<string>;
  readonly executor: Executor;
  readonly signal?: AbortSignal;
}

/** A source whose head is known. */
export interface OpenedSource {
  readonly source: SourceName;
  /** With the fields of all files, where rows say themselves which they have; its path is the source's, where only a plan of an earlier run is there. */
  readonly head: Head;
  /** With those that its file has. */
  readonly own: Head;
  /** Of an earlier run; null: it must be scanned. */
  readonly plan: FilePlan | null;
  /** By what its plan is kept; null: it is not, as its bytes are scanned every time. */
  readonly key: string | null;
}

/**
 * Heads of sources, and plans of those that need not be unpacked as their bytes were seen before. All others are plain local files then.
 * @throws as the format's readHead, and as Spool
 */
export async function openSources(sources: readonly SourceName[], options: OpenOptions): Promise<OpenedSource[]> {
  const { root, build, format, rangeBytes, spool } = options;
  const named = [...options.named];
  const indirect = sources.filter(({ address }) => !spool.isDirect(address));
  const identities = await spool.identities(
    indirect.map(({ address }) => address),
    options,
  );
  const keys = new Map(indirect.map((source, i) => [source, planKey(identities[i]!, format, named, rangeBytes, build)]));
  const known = new Map<SourceName, KnownPlan>();
  for (const [source, key] of keys) {
    const plan = await readPlan(root, key);
    if (plan !== null) known.set(source, plan);
  }
  const unknown = sources.filter((source) => !known.has(source));
  const paths = await spool.plain(
    unknown.map(({ address }) => address),
    options,
  );
  const reader = formatOf(format.format);
  const heads = new Map<SourceName, Head>([...known].map(([source, { head }]) => [source, { ...head, path: source.path }]));
  await withRuntime(async (runtime) => {
    for (const [i, source] of unknown.entries()) {
      const head = await reader.readHead(paths[i]!, format, runtime);
      // What is kept of a file must do without its bytes.
      heads.set(source, keys.has(source) ? joinOpenHeads([head], named)[0]! : head);
    }
  });
  const own = sources.map((source) => heads.get(source)!);
  const joined = joinOpenHeads(own, named, new Set(own.filter((_, i) => keys.has(sources[i]!))));
  return sources.map((source, i) => ({ source, head: joined[i]!, own: own[i]!, plan: known.get(source)?.plan ?? null, key: keys.get(source) ?? null }));
}

/**
 * Plans of all sources: those that have none are scanned, and kept where they are no plain local files.
 * @throws as {@link scanFiles}
 */
export async function planSources(opened: readonly OpenedSource[], options: OpenOptions & { onScanned: (bytes: number) => void }): Promise<PlannedFile[]> {
  const todo = opened.filter(({ plan }) => plan === null);
  const scanned = await scanFiles(
    todo.map(({ source }) => source),
    todo.map(({ head }) => head),
    options,
  );
  const made = new Map(todo.map((one, i) => [one, scanned[i]!]));
  // Of a format that is parsed apart a plan does not say enough: it is looked at every time.
  const keeps = formatOf(options.format.format).table === undefined;
  for (const [{ key, own }, { plan }] of made) if (key !== null && keeps) await writePlan(options.root, key, { head: own, plan });
  return opened.map((one) => made.get(one) ?? { source: one.source, head: one.head, plan: one.plan!, path: "" });
}

/** Makes sure that the bytes of files lie where `path` says. @throws as Spool */
export async function makeLocal(files: readonly PlannedFile[], options: OpenOptions): Promise<void> {
  const paths = await options.spool.plain(
    files.map(({ source }) => source.address),
    options,
  );
  for (const [i, file] of files.entries()) file.path = paths[i]!;
}

import { CrossbillError, v1 } from "@crossbill/messages";
import { shownSource } from "./source-name.js";

/** A source file and what it is called in the manifest. */
export interface SourceName {
  /** What it is called: a path, or an address without secrets. */
  readonly path: string;
  /** The path or address itself. */
  readonly address: string;
  readonly name: string;
  readonly role: v1.Part;
}

/**
 * Names and order of one role's files: the shortest trailing part of their paths (one segment, if it can be) that tells them apart; by byte order
 * of the names.
 * @throws E_FILE_TWICE when a path is given twice
 */
export function nameFiles(addresses: readonly string[], role: v1.Part): SourceName[] {
  const paths = addresses.map(shownSource);
  const split = paths.map((path) => path.split(/[\\/]/).filter((segment) => segment !== ""));
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) throw new CrossbillError("E_FILE_TWICE", `${twice}: given twice in the same data set`, { exitCode: 2, details: { path: twice } });
  const longest = Math.max(0, ...split.map((segments) => segments.length));
  for (let k = 1; k <= longest; k++) {
    const names = split.map((segments) => segments.slice(-k).join("/"));
    if (new Set(names).size < names.length) continue;
    return names
      .map((name, i) => ({ path: paths[i]!, address: addresses[i]!, name, role }))
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  }
  return [];
}

/** A file of today: its name and what its bytes are. */
export interface FoundPartition {
  readonly name: string;
  readonly role: v1.Part;
  readonly sha256: string;
}

/** What is to be done. Indices are those of the files found. */
export type Decision =
  | { readonly kind: "skip" }
  /** Ingest the new files under yesterday's state, grown by their training rows; keep the other packs. */
  | { readonly kind: "append"; readonly fresh: readonly number[]; readonly kept: readonly v1.Partition[] }
  /** Fit and ingest everything. */
  | { readonly kind: "anew"; readonly reason: string };

/** What decides besides the files. */
export interface Circumstances {
  readonly build: string;
  readonly specKey: string;
  /** Path of a pack of yesterday that is gone or cut short; null: all are there. */
  readonly lostPack: string | null;
  readonly fresh: boolean;
  readonly window: number;
  readonly refitEveryNights: number;
}

/**
 * Compares today's files (those of the window) with yesterday's manifest. A lost pack is made again where that gives the same packs: when nothing
 * else is new and no night was added since everything was fitted.
 * @throws E_CORRUPT for another lost pack: fitting anew would silently give another model
 */
export function decide(found: readonly FoundPartition[], before: v1.IngestManifest | null, now: Circumstances): Decision {
  const decision = compare(found, before, now);
  if (decision.kind === "anew" || now.lostPack === null) return decision;
  if (decision.kind === "skip" && before?.nightsSinceRefit === 0) return { kind: "anew", reason: `${now.lostPack} was gone or cut short` };
  throw new CrossbillError(
    "E_CORRUPT",
    `${now.lostPack}: gone or cut short, and nights were added since it was made: restore it, or fit and ingest all files anew with --fresh, which gives another model`,
    { details: { path: now.lostPack } },
  );
}

function compare(found: readonly FoundPartition[], before: v1.IngestManifest | null, now: Circumstances): Decision {
  if (before === null) return { kind: "anew", reason: "nothing was ingested here before" };
  if (now.fresh) return { kind: "anew", reason: "asked for" };
  if (before.build !== now.build) return { kind: "anew", reason: `the last ingestion was made by build ${before.build}` };
  if (before.specKey !== now.specKey) return { kind: "anew", reason: "data or columns of the configuration changed" };
  const idOf = (one: { role: v1.Part; name: string }): string => `${one.role} ${one.name}`;
  const known = new Map(before.partitions.map((partition) => [idOf(partition), partition]));
  const today = new Set(found.map(idOf));
  const changed = found.find((one) => (known.get(idOf(one))?.sha256 ?? one.sha256) !== one.sha256);
  if (changed !== undefined) return { kind: "anew", reason: `${changed.name} changed` };
  const vanished = before.partitions.find((partition) => !today.has(idOf(partition)) && !leftWindow(partition, found, now.window));
  if (vanished !== undefined) return { kind: "anew", reason: `${vanished.name} is gone` };
  const fresh = found.flatMap((one, i) => (known.has(idOf(one)) ? [] : [i]));
  const kept = before.partitions.filter((partition) => today.has(idOf(partition)));
  if (fresh.length === 0 && kept.length === before.partitions.length) return { kind: "skip" };
  const night = fresh.some((i) => found[i]!.role === v1.Part.TRAIN);
  if (night && now.refitEveryNights > 0 && before.nightsSinceRefit + 1 >= now.refitEveryNights)
    return { kind: "anew", reason: `a refit is due after ${now.refitEveryNights} nights` };
  return { kind: "append", fresh, kept };
}

/** Whether a partition that is not among today's files is older than a full window. */
function leftWindow(partition: v1.Partition, found: readonly FoundPartition[], window: number): boolean {
  const train = found.filter((one) => one.role === v1.Part.TRAIN);
  return (
    partition.role === v1.Part.TRAIN && window > 0 && train.length === window && Buffer.compare(Buffer.from(partition.name), Buffer.from(train[0]!.name)) < 0
  );
}

import fs from "node:fs/promises";
import path from "node:path";
import { encodeMessage, v1 } from "@crossbill/messages";
import { errnoOf, ioError, isDamage, readSealed, removeTree, sha256Hex, writeSealed } from "@crossbill/storage";
import type { SourceFormat } from "./format-names.js";
import type { FilePlan } from "./plan-file.js";
import type { Head } from "./read-head.js";

const KIND = "SourcePlan";
const VERSION = 1;

/** What a run found in a source, so that a later one need not unpack it again. */
export interface KnownPlan {
  readonly head: Omit<Head, "path">;
  readonly plan: FilePlan;
}

/** Names a plan by all that it depends on: the source's bytes, how they are read, the code. */
export function planKey(identity: string, { format, csv }: SourceFormat, named: readonly string[], rangeBytes: number, build: string): string {
  const fields = JSON.stringify([...new Set(named)].sort());
  return sha256Hex(["crossbill.source", VERSION, identity, format, sha256Hex(encodeMessage(v1.CsvDialect, csv)), fields, rangeBytes, build].join("\n"));
}

/** null where there is none, or a damaged one: then the source is read again. @throws E_IO */
export async function readPlan(root: string, key: string): Promise<KnownPlan | null> {
  try {
    const { payload } = await readSealed(planPath(root, key), KIND, VERSION);
    return JSON.parse(Buffer.from(payload).toString("utf8"), revive) as KnownPlan;
  } catch (thrown) {
    if (isDamage(thrown) || (thrown as { code?: unknown }).code === "E_NOT_FOUND") return null;
    throw thrown;
  }
}

/** Keeps a plan. */
export async function writePlan(root: string, key: string, { head, plan }: KnownPlan): Promise<void> {
  const { path: _, ...rest } = head as Head;
  await writeSealed(planPath(root, key), KIND, VERSION, Buffer.from(JSON.stringify(plain({ head: rest, plan }))));
}

/** Removes the plans of sources that are not used any more. */
export async function forgetPlans(root: string, keep: ReadonlySet<string>): Promise<void> {
  const folder = path.dirname(planPath(root, ""));
  let names: string[];
  try {
    names = await fs.readdir(folder);
  } catch (thrown) {
    if (errnoOf(thrown) === "ENOENT") return;
    throw ioError(thrown, "list", folder);
  }
  for (const name of names) if (!keep.has(name.replace(/\.plan$/, ""))) await removeTree(path.join(folder, name));
}

function planPath(root: string, key: string): string {
  return path.join(root, "ingest", "sources", `${key}.plan`);
}

const BYTES = "base64:";

/** Bytes as text that no other text of a plan looks like: strings are marked, too. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return `text:${value}`;
  if (value instanceof Uint8Array) return `${BYTES}${Buffer.from(value).toString("base64")}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, plain(entry)]));
}

function revive(_name: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  return value.startsWith(BYTES) ? new Uint8Array(Buffer.from(value.slice(BYTES.length), "base64")) : value.slice("text:".length);
}

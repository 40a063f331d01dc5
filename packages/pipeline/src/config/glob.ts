import fs from "node:fs";
import path from "node:path";
import { isRemote, STANDARD_INPUT } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";

/**
 * Absolute paths of the files that `patterns` name, without repetition, in byte order of their names.
 * A pattern may hold `*` (any characters but /), `?` (one of them), `**` (folders), `[abc]`.
 * @param field the configuration's field, for errors
 * @throws E_FILE_MISSING when a pattern matches nothing
 */
export function expandPaths(patterns: readonly string[], directory: string, field: string): string[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    if (pattern === STANDARD_INPUT || isRemote(pattern)) {
      found.add(pattern);
      continue;
    }
    const absolute = path.resolve(directory, pattern);
    const matches = /[*?[]/.test(pattern) && !fs.existsSync(absolute) ? walk(absolute) : fs.existsSync(absolute) ? [absolute] : [];
    if (matches.length === 0)
      throw new CrossbillError("E_FILE_MISSING", `${field}: ${absolute}: no such file${/[*?[]/.test(pattern) ? " matches" : ""}`, {
        details: { path: absolute },
      });
    for (const match of matches) {
      if (fs.statSync(match).isDirectory())
        throw new CrossbillError("E_FILE_MISSING", `${field}: ${match} is a folder; name its files, e.g. ${path.join(pattern, "*.csv")}`);
      found.add(match);
    }
  }
  return [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Files under the fixed part of an absolute pattern that match the rest. */
function walk(pattern: string): string[] {
  const parts = pattern.split(path.sep);
  const firstWild = parts.findIndex((part) => /[*?[]/.test(part));
  const base = parts.slice(0, firstWild).join(path.sep) || path.sep;
  return descend(base, parts.slice(firstWild));
}

function descend(folder: string, parts: readonly string[]): string[] {
  const [part, ...rest] = parts;
  if (part === undefined || !fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) return [];
  const entries = fs.readdirSync(folder, { withFileTypes: true }).filter((e) => !e.name.startsWith("."));
  if (part === "**") return [...descend(folder, rest), ...entries.filter((e) => e.isDirectory()).flatMap((e) => descend(path.join(folder, e.name), parts))];
  const matches = segmentMatcher(part);
  const names = entries.map((e) => e.name).filter((name) => matches(name));
  return rest.length === 0 ? names.map((name) => path.join(folder, name)) : names.flatMap((name) => descend(path.join(folder, name), rest));
}

/** Whether a name fits one segment of a pattern. */
export function segmentMatcher(part: string): (name: string) => boolean {
  if (!/[*?[]/.test(part)) return (name) => name === part;
  const text = part
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replace(/\*/g, "[^/]*")
    .replace(/\?/g, "[^/]");
  const matcher = new RegExp(`^${text}$`, "u");
  return (name) => matcher.test(name);
}

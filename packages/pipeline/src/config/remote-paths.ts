import { isRemote } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import { openAddress, parseS3, s3Store } from "@crossbill/storage";
import { segmentMatcher } from "./glob.js";

/**
 * Expands the patterns among addresses of S3 (`*`, `?`, `**`, `[abc]` in the key) by listing; all in byte order, without repetition. Everything else stays.
 * @param field the configuration's field, for errors
 * @throws E_FILE_MISSING when a pattern matches nothing; what the store throws
 */
export async function expandRemote(sources: readonly string[], field: string): Promise<string[]> {
  const found = new Set<string>();
  for (const source of sources) {
    if (!isPattern(source)) {
      found.add(source);
      continue;
    }
    const { bucket, key } = parseS3(source);
    const { store, name } = await openAddress(source);
    // A key may hold such characters itself.
    if ((await store.head(name)) !== undefined) {
      found.add(source);
      continue;
    }
    const keys = await matches(bucket, key);
    if (keys.length === 0) throw new CrossbillError("E_FILE_MISSING", `${field}: ${source}: no object matches`, { details: { path: source } });
    for (const match of keys) found.add(`s3://${bucket}/${match}`);
  }
  return [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function isPattern(source: string): boolean {
  return isRemote(source) && /^s3:/i.test(source) && /[*?[]/.test(source);
}

async function matches(bucket: string, pattern: string): Promise<string[]> {
  const parts = pattern.split("/");
  const store = await s3Store(bucket);
  const prefix = pattern.slice(0, pattern.search(/[*?[]/));
  const all = await store.list(prefix);
  return all.map(({ name }) => name).filter((name) => !name.endsWith("/") && fits(name.split("/"), parts));
}

/** Whether the segments of a key fit those of a pattern, where `**` is any number of them. */
function fits(segments: readonly string[], parts: readonly string[]): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return segments.length === 0;
  if (part === "**") return fits(segments, rest) || (segments.length > 0 && fits(segments.slice(1), parts));
  return segments.length > 0 && segmentMatcher(part)(segments[0]!) && fits(segments.slice(1), rest);
}

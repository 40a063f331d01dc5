/** How a source names standard input. */
export const STANDARD_INPUT = "-";

/** Whether a source is an address: https, http or s3. */
export function isRemote(source: string): boolean {
  return /^(?:https?|s3):\/\//i.test(source);
}

/** What a source is called in messages, manifests and reports: an address without user, password, query and fragment, which may hold secrets. */
export function shownSource(source: string): string {
  if (source === STANDARD_INPUT) return "standard input";
  if (!isRemote(source)) return source;
  const s3 = /^s3:/i.test(source);
  return source.replace(/^([a-z0-9]+:\/\/)[^/?#]*@/i, "$1").replace(s3 ? /$^/ : /[?#].*$/s, "");
}

/** The words of a field's name, in lower case: `isFraud`, `is_fraud` and `Is fraud?` are is, fraud. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

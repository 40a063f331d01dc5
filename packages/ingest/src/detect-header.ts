const NUMBER = /^\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*$/;
const YEAR = /^(19|20)\d\d$/;

/**
 * Whether the first of `rows` names the fields rather than being data. Each field has a say: one of numbers, whether the first text is a number within their
 * range (or a year outside of it, as fields are called); one of few texts, whether the first text is one of them. Without a clear answer texts that differ are names.
 */
export function detectHeader(rows: readonly (readonly string[])[]): boolean {
  const [first, ...rest] = rows;
  if (first === undefined) return true;
  if (new Set(first).size < first.length) return false;
  const votes = first.map((name, field) => {
    const values = rest.map((row) => row[field] ?? "").filter((value) => value !== "");
    return values.length === 0 || name === "" ? 0 : vote(name, values);
  });
  const sum = votes.reduce((a, b) => a + b, 0);
  return sum === 0 ? !first.some((name) => NUMBER.test(name)) : sum > 0;
}

/** Above 0: `name` names the field of these values; below 0: it is one of them. */
function vote(name: string, values: readonly string[]): number {
  const numbers = values.filter((value) => NUMBER.test(value)).map(numberOf);
  if (numbers.length >= 0.9 * values.length) {
    if (!NUMBER.test(name)) return 1;
    const x = numberOf(name);
    if (numbers.some((value) => value <= x) && numbers.some((value) => value >= x)) return -1;
    return YEAR.test(name) ? 0.5 : 0;
  }
  const distinct = new Set(values);
  if (distinct.has(name)) return -1;
  return distinct.size <= values.length / 4 ? 0.5 : 0;
}

function numberOf(text: string): number {
  return Number(text.replace(",", "."));
}

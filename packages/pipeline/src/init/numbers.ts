const NUMBER = /^[ \t]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t]*$/;
const LEADING_ZERO = /^[+-]?0\d/;

/** Whether the columns read a text as a number. */
export function isNumber(text: string): boolean {
  return NUMBER.test(text) && Number.isFinite(Number(text));
}

/** Whether a text that is a number is rather a name: 00501, or a whole number that no float64 holds. */
export function isCode(text: string): boolean {
  return LEADING_ZERO.test(text) || (/^\s*[+-]?\d+\s*$/.test(text) && !Number.isSafeInteger(Number(text)));
}

/** The number with at most four digits that count if it is not whole, for people. */
export function shortNumber(x: number): string {
  return Number.isSafeInteger(x) ? String(x) : String(Number(x.toPrecision(4)));
}

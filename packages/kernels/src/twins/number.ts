const DECIMAL = /^[ \t]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t]*$/;

/**
 * The twin of `texts_parse_f64` for one text that is not missing: the nearest double, or NaN where the text is no decimal number or too large for one.
 * Accepted: spaces and tabs around, a sign, digits with a point anywhere among them, an exponent. Refused: "", "NaN", "Infinity", "0x10", "1,5", other digits than 0-9.
 */
export function parseDecimal(text: string): number {
  if (!DECIMAL.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** How a number is written. Every number of the page goes through {@link format}; `report.json` holds it unrounded. */
export type NumberKind = "metric" | "signed" | "ratio" | "z" | "p" | "count" | "weight" | "tenth" | "percent" | "bytes" | "plain";

const MINUS = "\u2212";

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

function magnitude(x: number): string {
  if (x === 0) return "0";
  if (x < 1e-4) return x.toExponential(2);
  if (x < 0.01) return x.toPrecision(3);
  if (x < 1000) return x.toFixed(4);
  return x < 1e15 ? grouped(x.toFixed(0)) : x.toExponential(3);
}

function signed(x: number, text: string, plus: boolean): string {
  if (x < 0) return `${MINUS}${text}`;
  return plus && x > 0 ? `+${text}` : text;
}

function bytes(x: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; x >= 1000 && unit < units.length - 1; unit++) x /= 1000;
  return `${unit === 0 ? x.toFixed(0) : x.toPrecision(3)} ${units[unit] ?? "B"}`;
}

/** `value` as text; `null` (and NaN, infinities) is "undefined". No locale: the same text everywhere. */
export function format(kind: NumberKind, value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "undefined";
  const size = Math.abs(value);
  switch (kind) {
    case "metric":
      return signed(value, magnitude(size), false);
    case "signed":
      return signed(value, magnitude(size), true);
    case "ratio":
      return signed(value, size < 1000 ? size.toFixed(3) : magnitude(size), false);
    case "z":
      return signed(value, size < 1000 ? size.toFixed(2) : magnitude(size), true);
    case "p":
      return value < 1e-4 ? "< 0.0001" : value.toFixed(4);
    case "count":
      return signed(value, grouped(size.toFixed(0)), false);
    case "weight":
      return signed(value, Number.isInteger(size) && size < 1e15 ? grouped(size.toFixed(0)) : magnitude(size), false);
    case "tenth":
      return signed(value, size.toFixed(1), false);
    case "percent":
      return signed(value, `${Number((100 * size).toPrecision(3))}%`, false);
    case "bytes":
      return bytes(value);
    case "plain":
      return String(value);
  }
}

/** A short form for axes: "200", "1.5k", "2M". */
export function compact(value: number): string {
  const [unit, name] = value >= 1e9 ? [1e9, "G"] : value >= 1e6 ? [1e6, "M"] : value >= 1e3 ? [1e3, "k"] : [1, ""];
  return `${Number((value / unit).toPrecision(4))}${name}`;
}

/** "95%" of 0.95. */
export function percentLevel(level: number | null): string {
  return level === null || !(level > 0 && level < 1) ? "95%" : `${Number((100 * level).toPrecision(4))}%`;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes of a size: a number, or a text as "512m", "1.5g" (powers of 1024). */
export function bytesOf(size: number | string): number {
  if (typeof size === "number") return size;
  const [, number = "", unit = ""] = /^([\d.]+)([kmgt]?)$/i.exec(size) ?? [];
  return Math.floor(Number(number) * UNITS[unit.toLowerCase()]!);
}

const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const BASIC_DATE = /^((?:19|20|21)\d{2})(\d{2})(\d{2})$/;
const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?:([Zz])|([+-])(\d{2}):?(\d{2})?)?)?$/;
/** Numbers from here on are milliseconds: as seconds they would lie in the year 5138. */
const MILLISECONDS_FROM = 1e11;
/** What a Date can hold. */
const MOST = 8.64e15;

/**
 * A time in whole milliseconds since 1970-01-01 UTC, or NaN: seconds since then (milliseconds from 1e11 on), or ISO 8601: `2026-03-01`, `20260301`,
 * `2026-03-01T12:30`, `2026-03-01 12:30:15.250+02:00`; UTC where no offset is given. What is finer than a millisecond is cut off.
 */
export function parseTime(text: string): number {
  const trimmed = text.trim();
  const basic = BASIC_DATE.exec(trimmed);
  if (basic !== null) return utc(basic[1]!, basic[2]!, basic[3]!);
  if (NUMBER.test(trimmed)) {
    const x = Number(trimmed);
    const time = Math.floor(Math.abs(x) < MILLISECONDS_FROM ? x * 1000 : x);
    return Math.abs(time) <= MOST ? time : Number.NaN;
  }
  const found = ISO.exec(trimmed);
  if (found === null) return Number.NaN;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", , sign, offsetHour = "0", offsetMinute = "0"] = found;
  const [h, m, s, oh, om] = [hour, minute, second, offsetHour, offsetMinute].map(Number) as [number, number, number, number, number];
  if (h > 23 || m > 59 || s > 59 || oh > 23 || om > 59) return Number.NaN;
  const offset = (sign === "-" ? -1 : 1) * (oh * 60 + om);
  return utc(year!, month!, day!) + ((h * 60 + m - offset) * 60 + s) * 1000 + Number(fraction.slice(0, 3).padEnd(3, "0"));
}

/** Midnight of a date that there is, or NaN. */
function utc(year: string, month: string, day: string): number {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) ? date.getTime() : Number.NaN;
}

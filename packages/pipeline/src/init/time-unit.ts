/** How a field tells the time. */
export type TimeUnit = "iso" | "seconds" | "milliseconds";

const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?$/;
/** Of the years 1990 to 2100, in seconds since 1970. */
const FROM = 631_152_000;
const TO = 4_102_444_800;

/** What all of these texts are as times; null: something else. */
export function timeUnit(texts: readonly string[]): TimeUnit | null {
  if (texts.length === 0) return null;
  if (texts.every((text) => ISO.test(text) && !Number.isNaN(Date.parse(text.slice(0, 10))))) return "iso";
  if (!texts.every((text) => /^\d+$/.test(text))) return null;
  const within = (scale: number): boolean => texts.every((text) => Number(text) >= FROM * scale && Number(text) <= TO * scale);
  return within(1) ? "seconds" : within(1000) ? "milliseconds" : null;
}

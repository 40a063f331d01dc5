import { exp, RandomStream } from "@crossbill/numerics";
import { csvChunks } from "./csv-chunks.js";
import { normalEffects } from "./effects.js";

export const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
export const TRAFFIC_HEADER: readonly string[] = ["day", "hour", "road", "vehicles"];
/** Of a city. */
const ROADS = 8;
const ROWS_OF_CITY = 2 ** 32;

/** What a city is: how many vehicles an average road has (as a logarithm), and how strongly its roads follow commuters and night life. */
const CITIES = {
  london: { level: 3, commute: 1.2, night: 0.9, stream: 501 },
  frankfurt: { level: 2, commute: 1, night: 1.1, stream: 502 },
} as const;
export type City = keyof typeof CITIES;

export interface TrafficOptions {
  /** Default 20,000. */
  readonly rows?: number;
  /** Integer in [0, 2^53); default 1. */
  readonly seed?: number;
}

export interface TrafficRow {
  /** As TRAFFIC_HEADER has them. */
  readonly fields: readonly string[];
  readonly vehicles: number;
  /** Expected vehicles, given day, hour and road. */
  readonly rate: number;
}

/** What a day (0: Monday) and hour are like, in any city: how many commute, and how much night life there is, each in [0, 1]. */
export function dayHourFactors(day: number, hour: number): { readonly commute: number; readonly night: number } {
  const workday = day < 5;
  const commute = workday ? Math.max(bump(hour, 8, 3), 0.9 * bump(hour, 17, 4)) : 0.35 * bump(hour, 14, 5);
  const evening = day === 4 || day === 5 ? 1 : 0.35;
  const lateNight = day === 5 || day === 6 ? 1 : 0.2;
  return { commute, night: Math.max(evening * Math.min(1, 1.6 * bump(hour, 22, 4)), lateNight * bump(hour, 0.5, 4)) };
}

/**
 * Counts of vehicles on 8 roads of a city, by day of the week and hour, all equally likely: Poisson with rate exp(level + a_road commute(day, hour) + b_road night(day, hour) + c_road).
 * The factors are those of {@link dayHourFactors} in every city, the levels and roads are the city's own. Row r depends on (city, seed, r) alone. @throws RangeError for impossible options
 */
export function* trafficRows(city: City, { rows = 20_000, seed = 1 }: TrafficOptions = {}): Generator<TrafficRow> {
  if (!Object.hasOwn(CITIES, city)) throw new RangeError(`city ${city}: one of ${Object.keys(CITIES).join(", ")} is needed`);
  if (!Number.isInteger(rows) || rows < 0 || rows > ROWS_OF_CITY) throw new RangeError(`rows ${rows}: an integer in [0, 2^32] is needed`);
  const { level, commute, night, stream } = CITIES[city];
  const effects = normalEffects(stream, 3 * ROADS, 0.5);
  const random = new RandomStream(seed);
  for (let row = 0; row < rows; row++) {
    random.restart(stream * ROWS_OF_CITY + row);
    const [day, hour, road] = [random.below(7), random.below(24), random.below(ROADS)];
    const factors = dayHourFactors(day, hour);
    const rate = exp(level + (commute + effects[road]!) * factors.commute + (night + effects[ROADS + road]!) * factors.night + effects[2 * ROADS + road]!);
    const vehicles = poisson(rate, random.uniform());
    yield { fields: [DAYS[day]!, `${hour}`, `${city} ${road + 1}`, `${vehicles}`], vehicles, rate };
  }
}

/** The counts as CSV chunks, with a header. @throws RangeError for impossible options */
export function trafficLog(city: City, options: TrafficOptions = {}): Iterable<Uint8Array> {
  return csvChunks(lines(city, options));
}

function* lines(city: City, options: TrafficOptions): Generator<string> {
  yield TRAFFIC_HEADER.join(",");
  for (const { fields } of trafficRows(city, options)) yield fields.join(",");
}

/** 1 at the centre, 0 from `width` hours away, on the clock. */
function bump(hour: number, centre: number, width: number): number {
  const apart = Math.abs(hour - centre);
  const distance = Math.min(apart, 24 - apart) / width;
  return Math.max(0, 1 - distance * distance);
}

/** The quantile u of a Poisson distribution, by its sums from 0 up. @param rate in (0, 700) */
function poisson(rate: number, u: number): number {
  let k = 0;
  let p = exp(-rate);
  for (let sum = p; u >= sum && p > 0; sum += p) p *= rate / ++k;
  return k;
}

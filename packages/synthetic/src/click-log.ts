import { exp, RandomStream, sigmoid } from "@crossbill/numerics";
import {
  C,
  CATEGORICAL_COLUMNS,
  CLICK_HEADER,
  CREATIVES_OF_CAMPAIGN,
  categoryNames,
  HOUR_WEIGHTS,
  NEW_CAMPAIGN_SHARE,
  NEW_CAMPAIGNS,
  NEW_SITE_SHARE,
  NEW_SITES,
  NUMERIC_COLUMNS,
  OS_OF_DEVICE,
  REGIONS_OF_COUNTRY,
  USERS,
} from "./click-columns.js";
import type { ClickRow, DrawnRow } from "./click-row.js";
import { SHIFT_COUNTRY, SHIFT_DEVICE, truthTerms } from "./click-truth.js";
import { csvChunks } from "./csv-chunks.js";
import { assignment } from "./effects.js";
import { Zipf } from "./zipf.js";

export interface ClickOptions {
  /** Rows of all days together; default 200,000. */
  readonly rows?: number;
  /** Default 8; the first one is 2026-01-05, a Monday. */
  readonly days?: number;
  /** Integer in [0, 2^53); default 7. Draws the rows; the planted truth is the same for every seed. */
  readonly seed?: number;
}

const FIRST_DAY = Date.UTC(2026, 0, 5);
const MILLISECONDS_OF_DAY = 86_400_000;
const ROWS_OF_STREAM = 2 ** 32;
/** Drawn numbers are cut here, so that no text needs an exponent. */
const LARGEST = 1e7;

/** All rows of all days, with their truth. Row r of day d depends on (seed, d, r) and on whether d is the last day, on nothing else. @throws RangeError for impossible options */
export function* clickLog(options: ClickOptions = {}): Generator<ClickRow> {
  for (let day = 0; day < checked(options).days; day++) yield* dayRows(options, day);
}

/** How many rows a day has: day d of D gets rows [floor(N d / D), floor(N (d + 1) / D)). */
export function rowsOfDay(options: ClickOptions, day: number): number {
  const { rows, days } = checked(options);
  if (!Number.isInteger(day) || day < 0 || day >= days) throw new RangeError(`day ${day}: an integer in [0, ${days}) is needed`);
  return Math.floor((rows * (day + 1)) / days) - Math.floor((rows * day) / days);
}

/** `clicks-2026-01-05.csv` for day 0. */
export function dayFileName(_options: ClickOptions, day: number): string {
  return `clicks-${dateOf(day)}.csv`;
}

/** The CSV file of one day, header first, as UTF-8 chunks; independent of the other days. */
export function dayFile(options: ClickOptions, day: number): Iterable<Uint8Array> {
  return csvChunks(lines(options, day));
}

function* lines(options: ClickOptions, day: number): Generator<string> {
  yield CLICK_HEADER.join(",");
  for (const row of dayRows(options, day)) yield row.fields.join(",");
}

/** The rows of one day. */
export function* dayRows(options: ClickOptions, day: number): Generator<ClickRow> {
  const { days, seed } = checked(options);
  const count = rowsOfDay(options, day);
  const random = new RandomStream(seed);
  const isLast = day === days - 1 && days > 1;
  const drawn: DrawnRow = {
    user: 0,
    hour: 0,
    numbers: new Float64Array(NUMERIC_COLUMNS.length),
    categories: new Int32Array(CATEGORICAL_COLUMNS.length),
    categoryMissing: new Uint8Array(CATEGORICAL_COLUMNS.length),
    shifted: false,
  };
  const date = dateOf(day);
  for (let row = 0; row < count; row++) {
    random.restart(day * ROWS_OF_STREAM + row);
    draw(drawn, random, isLast);
    drawn.shifted = drawn.categories[C.country] === SHIFT_COUNTRY && drawn.categories[C.device] === SHIFT_DEVICE;
    const terms = truthTerms(drawn);
    const probability = sigmoid(terms.main + terms.numeric + terms.deviceHour + terms.categoryCountry + terms.shift);
    const clicked = random.bernoulli(probability);
    yield { day, row, fields: fieldsOf(drawn, `${day + 1}-${row + 1}`, date, clicked), clicked, probability, terms };
  }
}

interface Tables {
  readonly zipf: readonly Zipf[];
  readonly users: Zipf;
  readonly hours: Float64Array;
  readonly advertiserOfCampaign: Uint32Array;
  readonly os: readonly Zipf[];
  readonly regions: Zipf;
  readonly creatives: Zipf;
}
let tables: Tables | undefined;

function drawTables(): Tables {
  if (tables !== undefined) return tables;
  const total = HOUR_WEIGHTS.reduce((a, b) => a + b, 0);
  const hours = new Float64Array(HOUR_WEIGHTS.length);
  let sum = 0;
  for (let h = 0; h < hours.length; h++) {
    sum += HOUR_WEIGHTS[h]!;
    hours[h] = sum / total;
  }
  tables = {
    zipf: CATEGORICAL_COLUMNS.map((column) => new Zipf(column.size, column.exponent)),
    users: new Zipf(USERS, 0.6),
    hours,
    advertiserOfCampaign: assignment(200, CATEGORICAL_COLUMNS[C.campaign].size + NEW_CAMPAIGNS, CATEGORICAL_COLUMNS[C.advertiser].size),
    os: OS_OF_DEVICE.map((values) => new Zipf(values.length, CATEGORICAL_COLUMNS[C.os].exponent)),
    regions: new Zipf(REGIONS_OF_COUNTRY, CATEGORICAL_COLUMNS[C.region].exponent),
    creatives: new Zipf(CREATIVES_OF_CAMPAIGN, CATEGORICAL_COLUMNS[C.creative].exponent),
  };
  return tables;
}

/** Draws everything of a row but the label. The numbers taken from the stream do not depend on what they were: one for a missing value, too. */
function draw(row: DrawnRow, random: RandomStream, isLast: boolean): void {
  const { zipf, users, hours, advertiserOfCampaign, os, regions, creatives } = drawTables();
  row.user = users.draw(random.uniform());
  const u = random.uniform();
  row.hour = 0;
  while (row.hour < 23 && hours[row.hour]! <= u) row.hour++;
  for (let i = 0; i < NUMERIC_COLUMNS.length; i++) {
    const column = NUMERIC_COLUMNS[i]!;
    const kind = random.uniform();
    const z = random.normal();
    const scale = [1, 10, 100, 1000][column.decimals]!;
    if (kind < column.missing) row.numbers[i] = NaN;
    else if (kind >= 1 - column.zeros) row.numbers[i] = 0;
    else row.numbers[i] = Math.round(Math.min(LARGEST, exp(column.mu + column.sigma * z)) * scale) / scale;
  }
  const c = row.categories;
  for (let i = 0; i < CATEGORICAL_COLUMNS.length; i++) {
    const column = CATEGORICAL_COLUMNS[i]!;
    const rank = random.uniform();
    row.categoryMissing[i] = random.uniform() < column.missing ? 1 : 0;
    if (i === C.os) c[i] = OS_OF_DEVICE[c[C.device]!]![os[c[C.device]!]!.draw(rank)]!;
    else if (i === C.region) c[i] = c[C.country]! * REGIONS_OF_COUNTRY + regions.draw(rank);
    else if (i === C.creative) c[i] = creatives.draw(rank);
    else if (i !== C.advertiser) c[i] = zipf[i]!.draw(rank);
  }
  const campaignNews = random.uniform();
  const siteNews = random.uniform();
  if (isLast && campaignNews < NEW_CAMPAIGN_SHARE)
    c[C.campaign] = CATEGORICAL_COLUMNS[C.campaign].size + Math.floor((campaignNews / NEW_CAMPAIGN_SHARE) * NEW_CAMPAIGNS);
  if (isLast && siteNews < NEW_SITE_SHARE) c[C.site] = CATEGORICAL_COLUMNS[C.site].size + Math.floor((siteNews / NEW_SITE_SHARE) * NEW_SITES);
  c[C.advertiser] = advertiserOfCampaign[c[C.campaign]!]!;
  c[C.creative] = c[C.campaign]! * CREATIVES_OF_CAMPAIGN + c[C.creative]!;
}

function fieldsOf(row: DrawnRow, id: string, date: string, clicked: boolean): string[] {
  const names = categoryNames();
  const fields = [id, `u${row.user + 1}`, date, `${row.hour}`];
  for (const x of row.numbers) fields.push(Number.isNaN(x) ? "" : `${x}`);
  for (let i = 0; i < names.length; i++) fields.push(row.categoryMissing[i] === 1 ? "" : names[i]![row.categories[i]!]!);
  fields.push(clicked ? "1" : "0");
  return fields;
}

function dateOf(day: number): string {
  return new Date(FIRST_DAY + day * MILLISECONDS_OF_DAY).toISOString().slice(0, 10);
}

function checked(options: ClickOptions): { rows: number; days: number; seed: number } {
  const { rows = 200_000, days = 8, seed = 7 } = options;
  if (!Number.isSafeInteger(rows) || rows < 0 || rows > 1e12) throw new RangeError(`rows ${rows}: an integer in [0, 10^12] is needed`);
  if (!Number.isInteger(days) || days < 1 || days > 100_000) throw new RangeError(`days ${days}: an integer in [1, 100000] is needed`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed ${seed}: an integer in [0, 2^53) is needed`);
  return { rows, days, seed };
}

/** A numeric column: log-normal, x = e^(mu + sigma z), cut to a number of decimals; `missing` is the share of empty fields. */
export interface NumericColumn {
  readonly name: string;
  readonly mu: number;
  readonly sigma: number;
  readonly decimals: 0 | 1 | 2 | 3;
  readonly missing: number;
  /** Share of zeros, instead of a drawn value. */
  readonly zeros: number;
}

export const NUMERIC_COLUMNS: readonly NumericColumn[] = [
  { name: "price", mu: 3.2, sigma: 1.1, decimals: 2, missing: 0.02, zeros: 0 },
  { name: "age_days", mu: 4.5, sigma: 1.6, decimals: 0, missing: 0, zeros: 0 },
  { name: "sessions", mu: 1, sigma: 1.1, decimals: 0, missing: 0.05, zeros: 0 },
  { name: "dwell_seconds", mu: 3.4, sigma: 1.3, decimals: 1, missing: 0.08, zeros: 0 },
  { name: "page_depth", mu: 0.9, sigma: 0.9, decimals: 0, missing: 0, zeros: 0 },
  { name: "bid_floor", mu: -1, sigma: 0.8, decimals: 3, missing: 0.12, zeros: 0 },
  { name: "past_clicks", mu: 1, sigma: 1.2, decimals: 0, missing: 0, zeros: 0.7 },
  { name: "distance_km", mu: 2.5, sigma: 2, decimals: 1, missing: 0.3, zeros: 0 },
];

/** A categorical column: `size` values with Zipf frequencies; `effect` is the standard deviation of their true effects on the log-odds. */
export interface CategoricalColumn {
  readonly name: string;
  readonly size: number;
  readonly exponent: number;
  readonly missing: number;
  readonly effect: number;
}

/** In the order of the file. os depends on device, region on country, advertiser and creative on campaign. */
export const CATEGORICAL_COLUMNS = [
  { name: "position", size: 3, exponent: 0.8, missing: 0, effect: 0.4 },
  { name: "device", size: 4, exponent: 1.2, missing: 0, effect: 0.3 },
  { name: "os", size: 8, exponent: 0.8, missing: 0, effect: 0.1 },
  { name: "browser", size: 9, exponent: 1.4, missing: 0.01, effect: 0.1 },
  { name: "country", size: 40, exponent: 1, missing: 0, effect: 0.25 },
  { name: "region", size: 400, exponent: 0.9, missing: 0.03, effect: 0.1 },
  { name: "category", size: 24, exponent: 0.9, missing: 0, effect: 0.3 },
  { name: "site", size: 5000, exponent: 0.9, missing: 0, effect: 0.4 },
  { name: "advertiser", size: 2000, exponent: 0, missing: 0, effect: 0.2 },
  { name: "campaign", size: 8000, exponent: 0.85, missing: 0, effect: 0.3 },
  { name: "creative", size: 32000, exponent: 0.7, missing: 0, effect: 0.15 },
  { name: "referrer", size: 100000, exponent: 0.95, missing: 0.15, effect: 0 },
] as const satisfies readonly CategoricalColumn[];

/** Index of a categorical column by its name. */
export const C = Object.freeze({
  position: 0,
  device: 1,
  os: 2,
  browser: 3,
  country: 4,
  region: 5,
  category: 6,
  site: 7,
  advertiser: 8,
  campaign: 9,
  creative: 10,
  referrer: 11,
});
/** Index of a numeric column by its name. */
export const N = Object.freeze({ price: 0, ageDays: 1, sessions: 2, dwellSeconds: 3, pageDepth: 4, bidFloor: 5, pastClicks: 6, distanceKm: 7 });

/** Fields of a file, in order. */
export const CLICK_HEADER: readonly string[] = [
  "id",
  "user",
  "day",
  "hour",
  ...NUMERIC_COLUMNS.map((c) => c.name),
  ...CATEGORICAL_COLUMNS.map((c) => c.name),
  "clicked",
];

export const USERS = 40_000;
export const REGIONS_OF_COUNTRY = 10;
export const CREATIVES_OF_CAMPAIGN = 4;
/** Campaigns and sites that exist on the last day only, after the ordinary ones. */
export const NEW_CAMPAIGNS = 40;
export const NEW_SITES = 20;
/** Share of the last day's rows that show a new campaign, or stand on a new site. */
export const NEW_CAMPAIGN_SHARE = 0.03;
export const NEW_SITE_SHARE = 0.02;

/** Relative traffic of the 24 hours. */
export const HOUR_WEIGHTS: readonly number[] = [18, 12, 8, 6, 6, 9, 16, 28, 40, 46, 48, 50, 54, 52, 50, 50, 52, 56, 62, 70, 76, 72, 54, 32];

export const POSITIONS = ["top", "side", "bottom"] as const;
export const DEVICES = ["phone", "desktop", "tablet", "tv"] as const;
/** The os values a device has, most frequent first. */
export const OS_OF_DEVICE: readonly (readonly number[])[] = [
  [0, 1],
  [2, 3, 4, 5],
  [1, 0],
  [6, 7],
];
const OS = ["android", "ios", "windows", "macos", "linux", "chromeos", "tizen", "webos"];
const BROWSERS = ["chrome", "safari", "edge", "firefox", "samsung", "opera", "brave", "vivaldi", "silk"];
export const COUNTRIES: readonly string[] =
  "US BR IN DE FR GB ID MX JP TR IT ES CA PL AR TH VN CO AU NL PH ZA EG CL SE BE PT RO CZ GR AT CH HU DK NO FI IE NZ IL SG".split(" ");
const CATEGORIES =
  "news sports games fashion finance travel autos food health music video jobs dating garden pets books beauty kids tools homes photo weather science arts".split(
    " ",
  );

const numbered = (prefix: string, size: number, digits: number): string[] =>
  Array.from({ length: size }, (_, i) => prefix + String(i + 1).padStart(digits, "0"));

/** Texts of every categorical column, by index of the value; made on the first use. */
export function categoryNames(): readonly (readonly string[])[] {
  names ??= [
    POSITIONS,
    DEVICES,
    OS,
    BROWSERS,
    COUNTRIES,
    COUNTRIES.flatMap((country) => numbered(`${country}-`, REGIONS_OF_COUNTRY, 2)),
    CATEGORIES,
    numbered("s", CATEGORICAL_COLUMNS[C.site].size + NEW_SITES, 4),
    numbered("adv", CATEGORICAL_COLUMNS[C.advertiser].size, 4),
    numbered("cmp", CATEGORICAL_COLUMNS[C.campaign].size + NEW_CAMPAIGNS, 4),
    numbered("cr", (CATEGORICAL_COLUMNS[C.campaign].size + NEW_CAMPAIGNS) * CREATIVES_OF_CAMPAIGN, 5),
    numbered("ref", CATEGORICAL_COLUMNS[C.referrer].size, 6),
  ];
  return names;
}
let names: readonly (readonly string[])[] | undefined;

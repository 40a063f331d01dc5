import { log, log1p } from "@crossbill/numerics";
import { C, CATEGORICAL_COLUMNS, CREATIVES_OF_CAMPAIGN, N, NEW_CAMPAIGNS, NEW_SITES, USERS } from "./click-columns.js";
import type { ClickTerms, DrawnRow } from "./click-row.js";
import { normalEffects } from "./effects.js";

/** What is planted in the log, for people and for tests. */
export interface Truth {
  readonly crosses: readonly (readonly string[])[];
  readonly slice: Readonly<Record<string, string>>;
  readonly shiftLogOdds: number;
  /** Columns that say nothing about the label. */
  readonly noise: readonly string[];
  /** Columns whose effect is not linear. */
  readonly bends: readonly string[];
  readonly text: string;
}

const INTERCEPT = -3.82;
export const SHIFT_COUNTRY = 2; // IN
export const SHIFT_DEVICE = 1; // desktop
const SHIFT = 1.3;

const HOUR_EFFECT: readonly number[] = [-0.1, -0.15, -0.2, -0.2, -0.15, -0.1, 0, 0.05, 0.1, 0.05, 0, 0, 0.05, 0, 0, 0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.2, 0.1, 0];
/** By device (phone, desktop, tablet, tv) and part of the day (0-5, 6-11, 12-17, 18-23): rows and columns add up to about 0. */
const DEVICE_HOUR: readonly (readonly number[])[] = [
  [0.55, 0.35, -0.35, -0.55],
  [-0.65, 0.05, 0.75, -0.15],
  [-0.1, -0.6, -0.2, 0.9],
  [0.2, 0.2, -0.2, -0.2],
];
const POSITION_EFFECT: readonly number[] = [0.4, -0.1, -0.45];

interface Effects {
  readonly categories: readonly Float64Array[];
  readonly users: Float64Array;
  readonly categoryCountry: Float64Array;
}
let effects: Effects | undefined;

function truthEffects(): Effects {
  effects ??= {
    categories: CATEGORICAL_COLUMNS.map((column, i) => {
      if (i === C.position) return Float64Array.from(POSITION_EFFECT);
      const extra = i === C.site ? NEW_SITES : i === C.campaign ? NEW_CAMPAIGNS : i === C.creative ? NEW_CAMPAIGNS * CREATIVES_OF_CAMPAIGN : 0;
      return normalEffects(i, column.size + extra, column.effect);
    }),
    users: normalEffects(100, USERS, 0.2),
    categoryCountry: normalEffects(101, CATEGORICAL_COLUMNS[C.category].size * CATEGORICAL_COLUMNS[C.country].size, 0.6),
  };
  return effects;
}

/** The parts of the row's true log-odds. */
export function truthTerms(row: DrawnRow): ClickTerms {
  const { categories, users, categoryCountry } = truthEffects();
  let main = INTERCEPT + HOUR_EFFECT[row.hour]! + users[row.user]!;
  for (let i = 0; i < categories.length; i++) main += categories[i]![row.categories[i]!]!;
  return {
    main,
    numeric: numericTerms(row.numbers),
    deviceHour: DEVICE_HOUR[row.categories[C.device]!]![Math.floor(row.hour / 6)]!,
    categoryCountry: categoryCountry[row.categories[C.category]! * CATEGORICAL_COLUMNS[C.country].size + row.categories[C.country]!]!,
    shift: row.shifted ? SHIFT : 0,
  };
}

function numericTerms(x: Float64Array): number {
  const price = x[N.price]!;
  const t = price > 0 ? (log(price) - 3.2) / 1.1 : NaN;
  const age = x[N.ageDays]!;
  const sessions = x[N.sessions]!;
  const dwell = x[N.dwellSeconds]!;
  const pastClicks = x[N.pastClicks]!;
  return (
    (Number.isNaN(t) ? 0 : 0.35 - 0.35 * Math.min(t * t, 4)) +
    (age < 7 ? 0.5 : age < 30 ? 0.2 : age > 1000 ? -0.3 : 0) +
    (Number.isNaN(sessions) ? -0.3 : 0.25 * (log1p(sessions) - 1.2)) +
    (Number.isNaN(dwell) ? 0 : dwell >= 10 && dwell < 60 ? 0.35 : dwell > 300 ? -0.5 : -0.1) -
    0.15 * (log1p(x[N.pageDepth]!) - 1) +
    (pastClicks === 0 ? -0.15 : Math.min(0.35 * log1p(pastClicks), 1.2))
  );
}

/** What is planted; the same for every seed. */
export function describeTruth(): Truth {
  return {
    crosses: [
      ["device", "hour"],
      ["category", "country"],
    ],
    slice: { country: "IN", device: "desktop" },
    shiftLogOdds: SHIFT,
    noise: ["bid_floor", "distance_km", "referrer"],
    bends: ["price", "age_days", "dwell_seconds", "past_clicks"],
    text: [
      "log-odds of a click = intercept + effects of position, hour, user and the categories (normal, one for each value)",
      "  + numeric effects: price best at about 25 and falling to both sides (by the square of its logarithm, capped); age_days in steps at 7, 30 and 1000;",
      "    log1p(sessions), with an effect of its own when missing; dwell_seconds best in [10, 60), worst above 300; log1p(page_depth); past_clicks zero or the capped log1p",
      "  + cross of device and part of the day (0-5, 6-11, 12-17, 18-23) + cross of category and country",
      `  + ${SHIFT} where country is IN and device is desktop: a model cannot know it without a cross of the two`,
      "bid_floor, distance_km and referrer say nothing. New campaigns (3% of the rows) and sites (2%) appear on the last day.",
    ].join("\n"),
  };
}

import type { FieldProfile } from "./field-profile.js";
import { wordsOf } from "./field-words.js";

/** A field that plays a part, and why. */
export interface RoleGuess {
  readonly field: string;
  readonly why: string;
}

const IDS = ["id", "ids", "uuid", "guid", "key", "token", "hash", "row", "index", "no", "nr", "number", "code"];
const CODES = [
  ...IDS,
  "zip",
  "zipcode",
  "postcode",
  "postal",
  "area",
  "tract",
  "block",
  "zone",
  "region",
  "district",
  "county",
  "department",
  "category",
  "type",
  "class",
];
const ENTITIES = [
  "user",
  "customer",
  "client",
  "subscriber",
  "member",
  "patient",
  "player",
  "visitor",
  "account",
  "household",
  "person",
  "session",
  "cookie",
  "device",
];
const TIMES = ["time", "timestamp", "datetime", "date", "ts", "day", "at", "created", "updated", "when"];
const LEAST_GROUPS = 500;
/** Rows of one of them, on average. */
const MOST_GROUP_ROWS = 20;
/** Texts of so many words are texts to read, not names. */
export const WORDS = 3;

/** Whether every row has a value of its own that is a name: a text, a whole number called one or counting up. */
export function isUnique(profile: FieldProfile): boolean {
  const { distinct, values, missing, numbers } = profile;
  if (values < 2 || distinct < 0.995 * values || missing > values / 100 || profile.lists || profile.words >= WORDS) return false;
  return numbers === null || (numbers.whole && (numbers.sequence || isCalled(profile, IDS)));
}

export function isCalled(profile: FieldProfile, known: readonly string[]): boolean {
  return known.some((word) => wordsOf(profile.name).includes(word));
}

/** Whether a whole number is called like a name of something. */
export function isCalledCode(profile: FieldProfile): boolean {
  return isCalled(profile, CODES) || isCalled(profile, ENTITIES);
}

/** The field that names a row. */
export function guessKey(profiles: readonly FieldProfile[]): RoleGuess | null {
  const unique = profiles.filter((profile) => profile.name !== "" && profile.missing === 0 && profile.distinct === profile.values && isUnique(profile));
  const called = IDS.map((word) => unique.find(({ name }) => wordsOf(name).includes(word)));
  const key = called.find((profile) => profile !== undefined) ?? unique[0];
  return key === undefined ? null : { field: key.name, why: "differs in every row" };
}

/** The field that tells when a row happened. */
export function guessTime(profiles: readonly FieldProfile[]): RoleGuess | null {
  const times = profiles.filter(isTime);
  const time = times.find((profile) => isCalled(profile, TIMES)) ?? times[0];
  if (time === undefined) return null;
  const unit = { iso: "ISO 8601 dates", seconds: "seconds since 1970", milliseconds: "milliseconds since 1970" }[time.time!];
  return { field: time.name, why: `holds times: ${unit}` };
}

/** Whether a field tells the time. A number must be called so, too. */
export function isTime(profile: FieldProfile): boolean {
  return profile.time === "iso" || (profile.time !== null && isCalled(profile, TIMES));
}

/**
 * The field whose rows belong together: someone who comes again, of whom there are many. With few of them, or many rows of each, test rows of others would say
 * little: chance decides who they are.
 * @param rows of the whole file
 */
export function guessGroup(profiles: readonly FieldProfile[], rows: number): RoleGuess | null {
  const groups = profiles.filter(
    (profile) =>
      profile.name !== "" &&
      profile.missing === 0 &&
      profile.distinct >= LEAST_GROUPS &&
      profile.distinct < 0.95 * profile.values &&
      rows <= MOST_GROUP_ROWS * profile.distinct &&
      (profile.numbers?.whole ?? true),
  );
  const group = ENTITIES.map((word) => groups.find((profile) => wordsOf(profile.name).includes(word))).find((profile) => profile !== undefined);
  return group === undefined
    ? null
    : { field: group.name, why: "rows of the same one stay together, so that the test rows are of ones the model has not seen" };
}

import { CrossbillError } from "@crossbill/messages";
import { type Model, type Recommendation, type Recommender, type Row, vectorOf } from "@crossbill/models";
import { seenItems } from "./seen-items.js";

export interface UserRecommendations {
  readonly items: Recommendation[];
  /** Whether training saw the user: else these are the best items for anybody who is like that otherwise. */
  readonly known: boolean;
  /** Items that were left out as the user had them in the rows that were ingested; null: the work folder has no packs of these columns, the row does not say who the user is, or none were to be left out. */
  readonly seen: ReadonlySet<string> | null;
}

/**
 * The best items for users by their fields, without those that they had in the work folder's packs, of all parts, which are gone through once.
 * @param made of the model @param all with those
 * @throws E_RECOMMEND (exit code 2)
 */
export async function recommendFor(
  model: Model,
  made: Recommender,
  users: readonly Row[],
  root: string,
  { k, all }: { readonly k: number; readonly all: boolean },
): Promise<UserRecommendations[]> {
  for (const user of users) checkFields(user, made);
  const seen = all || made.userColumn === null ? null : await seenItems(model, users, made.userColumn, made.itemColumn, root);
  return users.map((user, i) => ({ items: made.recommend(user, { k, seen: seen?.[i] ?? [] }), known: isKnown(model, user, made), seen: seen?.[i] ?? null }));
}

function checkFields(user: Row, { userFields }: Recommender): void {
  const other = Object.keys(user).find((field) => !userFields.includes(field));
  if (other !== undefined)
    throw new CrossbillError("E_RECOMMEND", `recommend: the model reads no field ${JSON.stringify(other)} of a user; allowed are ${userFields.join(", ")}`, {
      exitCode: 2,
    });
}

function isKnown(model: Model, user: Row, { userColumn }: Recommender): boolean {
  const key = userColumn === null ? undefined : user[userColumn.field];
  if (userColumn === null || (typeof key !== "string" && typeof key !== "number")) return false;
  try {
    return vectorOf(model, userColumn.column, String(key)).length > 0;
  } catch (thrown) {
    if (thrown instanceof CrossbillError && thrown.code === "E_KEY") return false;
    throw thrown;
  }
}

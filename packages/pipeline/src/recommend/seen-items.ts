import { RowEncoder, textAt, vocabularyTexts } from "@crossbill/columns";
import { readManifest } from "@crossbill/ingest";
import type { v1 } from "@crossbill/messages";
import type { Model, Recommender, Row } from "@crossbill/models";
import { eachRows } from "../causes/part-rows.js";

/** For each user the items in its rows of the work folder's packs, of all parts (null: the row does not say who the user is); null: there are no packs of these columns. */
export async function seenItems(
  model: Model,
  users: readonly Row[],
  user: NonNullable<Recommender["userColumn"]>,
  itemColumn: string,
  root: string,
): Promise<(ReadonlySet<string> | null)[] | null> {
  const manifest = await readManifest(root);
  if (manifest === null) return null;
  const [userSpec, itemSpec] = [specOf(manifest.state, user.column), specOf(manifest.state, itemColumn)];
  if (userSpec === undefined || itemSpec === undefined) return null;
  const nameOf = valuesOf(itemSpec, manifest.state);
  if (nameOf === null) return null;
  const encoder = new RowEncoder([userSpec], manifest.state, model.data.missing);
  const unknown = userSpec.vocabulary == null ? 0 : Math.max(1, userSpec.vocabulary.outOfVocabulary);
  const ids = users.map((row) => encoder.encodeRow({ [user.field]: row[user.field] }).ids.get(user.column));
  const seen = new Map(ids.flatMap((id): [number, Set<string>][] => (id === undefined || id <= unknown ? [] : [[id, new Set()]])));
  const packs = manifest.partitions.flatMap((partition) => partition.packs ?? []) as v1.Pack[];
  if (seen.size > 0)
    await eachRows({ root, signal: new AbortController().signal }, packs, Number.MAX_SAFE_INTEGER, ({ rows, ids: own }) => {
      const [of, items] = [own.get(user.column), own.get(itemColumn)];
      if (of === undefined || items === undefined) return;
      for (let r = 0; r < rows; r++) seen.get(of[r]!)?.add(nameOf(items[r]!));
    });
  // A value that no row had was never seen with anything.
  return ids.map((id, i) => (id === undefined || users[i]![user.field] == null ? null : (seen.get(id) ?? new Set())));
}

function specOf(state: v1.FeatureState, name: string): v1.ColumnSpec | undefined {
  return state.columns.find((column) => column.name === name);
}

/** The text of an id; null: the column does not hold its values. */
function valuesOf(spec: v1.ColumnSpec, state: v1.FeatureState): ((id: number) => string) | null {
  if (spec.identity != null) return (id) => String(id - 1);
  if (spec.vocabulary == null) return null;
  const texts = vocabularyTexts(spec, state);
  const first = 1 + Math.max(1, spec.vocabulary.outOfVocabulary);
  return (id) => (id < first || id - first >= texts.count ? "" : textAt(texts, id - first));
}

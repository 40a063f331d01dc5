import { fieldsOf, RowEncoder, textAt, vocabularyTexts } from "@crossbill/columns";
import { readManifest } from "@crossbill/ingest";
import { CrossbillError, type v1 } from "@crossbill/messages";
import { type Model, type Recommendation, type Row, recommend, recommender, userRow, vectorOf } from "@crossbill/models";
import { eachRows } from "../causes/part-rows.js";

export interface UserRecommendations {
  readonly items: Recommendation[];
  /** Whether training saw the user: else these are the best items for anybody. */
  readonly known: boolean;
  /** Items that were left out as the user had them in the rows that were ingested; null: the work folder has no packs of these columns, or none were to be left out. */
  readonly seen: ReadonlySet<string> | null;
}

/**
 * The best items for a user by its value, without those that the user had in the work folder's packs, of all parts.
 * @param all with those
 * @throws E_RECOMMEND (exit code 2)
 */
export async function recommendFor(
  model: Model,
  key: string,
  root: string,
  { k, all }: { readonly k: number; readonly all: boolean },
): Promise<UserRecommendations> {
  const { itemColumn } = recommender(model);
  const row = userRow(model, key);
  const [field] = Object.keys(row);
  const user = embeddedColumns(model).find((name) => name !== itemColumn && fieldsOf(specOf(model.state, name)!, model.state.columns).join() === field);
  const seen = all || user === undefined ? null : await seenItems(model, row, { user, itemColumn }, root);
  return { items: recommend(model, row, { k, seen: seen ?? [] }), known: user !== undefined && hasVector(model, user, key), seen };
}

function hasVector(model: Model, column: string, key: string): boolean {
  try {
    return vectorOf(model, column, key).length > 0;
  } catch (thrown) {
    if (thrown instanceof CrossbillError && thrown.code === "E_KEY") return false;
    throw thrown;
  }
}

async function seenItems(model: Model, row: Row, { user, itemColumn }: { user: string; itemColumn: string }, root: string): Promise<Set<string> | null> {
  const manifest = await readManifest(root);
  if (manifest === null) return null;
  const [userSpec, itemSpec] = [specOf(manifest.state, user), specOf(manifest.state, itemColumn)];
  if (userSpec === undefined || itemSpec === undefined) return null;
  const nameOf = valuesOf(itemSpec, manifest.state);
  if (nameOf === null) return null;
  const id = new RowEncoder([userSpec], manifest.state, model.data.missing).encodeRow(row).ids.get(user);
  const packs = manifest.partitions.flatMap((partition) => partition.packs ?? []) as v1.Pack[];
  const seen = new Set<string>();
  await eachRows({ root, signal: new AbortController().signal }, packs, Number.MAX_SAFE_INTEGER, ({ rows, ids }) => {
    const [users, items] = [ids.get(user), ids.get(itemColumn)];
    if (users === undefined || items === undefined) return;
    for (let r = 0; r < rows; r++) if (users[r] === id) seen.add(nameOf(items[r]!));
  });
  return seen;
}

function embeddedColumns({ network }: Model): string[] {
  return (network?.plan.towers ?? []).flatMap(({ inputs }) => inputs.filter(({ kind }) => kind === "embedding").map(({ column }) => column));
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

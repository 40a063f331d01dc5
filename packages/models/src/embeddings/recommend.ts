import { fieldsOf, type Row, RowEncoder } from "@crossbill/columns";
import { NearestVectors } from "@crossbill/kernels";
import type { Model } from "../model.js";
import { embeddingOf } from "./embedding-of.js";
import { refuse, type Sides, sidesOf } from "./recommend-sides.js";

export interface RecommenderOptions {
  /** Of a factorized model: the column whose values are recommended; default the second of two. */
  readonly item?: string;
  /** What is recommended, a row of the items' fields each; default every value of the item's column that has a vector, where that is the only one that sees items. */
  readonly items?: readonly Row[];
}

export interface Recommendation {
  /** The item's value. */
  readonly key: string;
  readonly prediction: number;
  readonly logit: number;
}

/** More items than asked for that are predicted, as the search is in float32. */
const MARGIN = 32;

/**
 * The best items for users, of a model of two towers or a factorized one. The vector and bias of every item are computed once; for a user all items are compared by the product with the user's vector, in float32, and the best ones
 * predicted by the model. Made by {@link recommender}.
 */
export class Recommender {
  readonly keys: readonly string[];
  readonly itemColumn: string;
  /** What the model reads of a user, as the data calls it. */
  readonly userFields: readonly string[];
  /** The embedded column of one field, and of one value where there is one, that says who a user is; null: none does. */
  readonly userColumn: { readonly column: string; readonly field: string } | null;
  readonly #model: Model;
  readonly #sides: Sides;
  readonly #encoder: RowEncoder;
  readonly #items: readonly Row[];
  readonly #places: ReadonlyMap<string, number>;
  /** f32[items][d + 1], the last number is the bias. */
  readonly #nearest: NearestVectors;

  constructor(model: Model, options: RecommenderOptions = {}) {
    this.#model = model;
    this.#sides = sidesOf(model, options.item);
    this.itemColumn = this.#sides.itemColumn;
    this.userFields = model.data.fields.filter((field) => !this.#sides.itemFields.has(field));
    this.userColumn = userColumn(model, this.#sides.itemFields);
    this.#encoder = new RowEncoder(
      model.columns.map(({ placed }) => placed.spec),
      model.state,
      model.data.missing,
    );
    const field = this.#itemField();
    this.#items = options.items ?? this.#valuesOf(field);
    this.keys = this.#items.map((row) => {
      const key = row[field];
      return typeof key === "string" || typeof key === "number" ? String(key) : refuse(`an item has no text or number in its field "${field}"`);
    });
    this.#places = new Map(this.keys.map((key, i) => [key, i]));
    if (this.#places.size !== this.keys.length) refuse(`two items have the same "${field}"`);
    const made = this.#items.map((row) => this.#sides.item(this.#encoder.encodeRow(row)));
    const d = made[0]?.vector.length ?? refuse("there are no items");
    const vectors = new Float32Array(made.length * (d + 1));
    for (const [i, { vector, bias }] of made.entries()) {
      vectors.set(vector, i * (d + 1));
      vectors[i * (d + 1) + d] = bias;
    }
    this.#nearest = new NearestVectors(vectors, d + 1);
  }

  /**
   * The k items (default 10) with the largest predictions for a user, best first, of equal ones the earlier item.
   * @param user the user's fields; fields of items in it do not matter @param options.seen items that are left out
   */
  recommend(user: Row, options: { readonly k?: number; readonly seen?: Iterable<string> } = {}): Recommendation[] {
    const { k = 10 } = options;
    if (!Number.isInteger(k) || k < 1) refuse(`k is ${k}; a whole number from 1 is allowed`);
    const seen = new Set<number>();
    for (const key of options.seen ?? []) {
      const place = this.#places.get(key);
      if (place !== undefined) seen.add(place);
    }
    const own = Object.fromEntries(Object.entries(user).filter(([field]) => !this.#sides.itemFields.has(field)));
    const vector = this.#sides.user(this.#encoder.encodeRow(own));
    const { ids } = this.#nearest.nearest([...vector, 1], k + seen.size + MARGIN, "dot");
    return [...ids]
      .filter((place) => !seen.has(place))
      .map((place) => {
        const { prediction, logit } = this.#model.score({ ...own, ...this.#items[place] });
        return { place, key: this.keys[place]!, prediction, logit };
      })
      .sort((a, b) => b.logit - a.logit || a.place - b.place)
      .slice(0, k)
      .map(({ key, prediction, logit }) => ({ key, prediction, logit }));
  }

  /** The field that has the item's value. */
  #itemField(): string {
    const { spec } = this.#model.columns.find(({ placed }) => placed.name === this.itemColumn)!.placed;
    const [field, ...others] = fieldsOf(spec, this.#model.state.columns);
    return field === undefined || others.length > 0 ? refuse(`column "${this.itemColumn}" has no field of its own; give a column of one field as item`) : field;
  }

  #valuesOf(field: string): Row[] {
    if (this.#sides.itemFields.size > 1)
      refuse(`the model sees more of an item than its "${field}": ${[...this.#sides.itemFields].join(", ")}; give \`items\`, a row of these fields for each`);
    const { spec } = this.#model.columns.find(({ placed }) => placed.name === this.itemColumn)!.placed;
    if (spec.vocabulary == null && spec.identity == null)
      refuse(`of column "${this.itemColumn}" the model does not hold the values; give \`items\`, a row for each`);
    return embeddingOf(this.#model, this.itemColumn).keys.map((key) => ({ [field]: key }));
  }
}

const made = new WeakMap<Model, Recommender>();

/** The model's recommender of all its items, made once. @throws E_RECOMMEND (exit code 2) */
export function recommender(model: Model): Recommender {
  const found = made.get(model) ?? new Recommender(model);
  made.set(model, found);
  return found;
}

/**
 * The best items for a user: see {@link Recommender}. `user`: the user's fields, or the value of the user's column where one alone sees users.
 * @throws E_RECOMMEND (exit code 2)
 */
export function recommend(model: Model, user: Row | string, options: { readonly k?: number; readonly seen?: Iterable<string> } = {}): Recommendation[] {
  return recommender(model).recommend(typeof user === "string" ? userRow(model, user) : user, options);
}

/** The row of a user who is known by one value. @throws E_RECOMMEND (exit code 2) where no single column sees users */
export function userRow(model: Model, key: string, options: Pick<RecommenderOptions, "item"> = {}): Row {
  const user = userColumn(model, sidesOf(model, options.item).itemFields) ?? refuse("no column of one field says who the user is; give the user's fields");
  return { [user.field]: key };
}

function userColumn(model: Model, itemFields: ReadonlySet<string>): Recommender["userColumn"] {
  const placed = new Map(model.columns.map((column) => [column.placed.name, column.placed]));
  const found = model.network!.plan.towers[0]!.inputs.flatMap(({ kind, column }) => {
    const { spec, multi } = placed.get(column)!;
    const [field, ...others] = fieldsOf(spec, model.state.columns);
    return kind !== "embedding" || field === undefined || others.length > 0 || itemFields.has(field) ? [] : [{ column, field, multi }];
  });
  const { column, field } = found.find(({ multi }) => !multi) ?? found[0] ?? { column: "", field: "" };
  return column === "" ? null : { column, field };
}

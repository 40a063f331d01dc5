import { fieldsOf, type Row, RowEncoder } from "@crossbill/columns";
import { NearestVectors } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";
import type { Model } from "../model.js";
import { embeddingOf } from "./embedding-of.js";
import { refuse, type Sides, sidesOf } from "./recommend-sides.js";

export interface RecommenderOptions {
  /** Of a factorized model: the column whose values are recommended; default the second of two. */
  readonly item?: string | undefined;
  /** Of a model of several classes: the one whose probability items are recommended by. */
  readonly class?: string | undefined;
  /** What is recommended, a row of the items' fields each; default every value of the item's column that has a vector, where that is the only one that sees items. */
  readonly items?: readonly Row[];
}

export interface Recommendation {
  /** The item's value. */
  readonly key: string;
  /** Of several classes the probability of the class. */
  readonly prediction: number;
  /** Of several classes that of the class. */
  readonly logit: number;
}

/** More items than asked for that are predicted, as the search is in float32. */
const MARGIN = 32;

/**
 * The best items for users, of a model of two towers or a factorized one. The vector and bias of every item are computed once; for a user all items are compared by the product with the user's vector, in float32, and the best ones
 * predicted by the model. Of several classes, whose probabilities no product orders, all items are predicted for every user. Made by {@link recommender}.
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
  /** Number of the class; -1: there are none. */
  readonly #class: number;
  readonly #items: readonly Row[];
  readonly #places: ReadonlyMap<string, number>;
  /** f32[items][d + 1], the last number is the bias; null: of several classes. */
  readonly #nearest: NearestVectors | null;

  constructor(model: Model, options: RecommenderOptions = {}) {
    this.#model = model;
    this.#sides = sidesOf(model, options.item);
    this.#class = classOf(model, options.class);
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
    if (this.#items.length === 0) refuse("there are no items");
    this.#nearest = this.#class < 0 ? this.#vectors() : null;
  }

  #vectors(): NearestVectors {
    const made = this.#items.map((row) => this.#sides.item(this.#encoder.encodeRow(row)));
    const d = made[0]!.vector.length;
    const vectors = new Float32Array(made.length * (d + 1));
    for (const [i, { vector, bias }] of made.entries()) {
      vectors.set(vector, i * (d + 1));
      vectors[i * (d + 1) + d] = bias;
    }
    return new NearestVectors(vectors, d + 1);
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
    const places = this.#nearest === null ? [...this.#items.keys()] : this.#candidates(this.#nearest, own, k + seen.size + MARGIN);
    return places
      .filter((place) => !seen.has(place))
      .map((place) => {
        const { prediction, logit, classes } = this.#model.score({ ...own, ...this.#items[place] });
        // What they are ordered by: of classes a probability, which may round to that of another item where logits do not.
        return { place, prediction: classes?.probabilities[this.#class] ?? prediction, by: classes?.probabilities[this.#class] ?? logit };
      })
      .sort((a, b) => b.by - a.by || a.place - b.place)
      .slice(0, k)
      .map(({ place, prediction, by }) => ({
        key: this.keys[place]!,
        prediction,
        logit: this.#class < 0 ? by : this.#classLogit({ ...own, ...this.#items[place] }),
      }));
  }

  #candidates(nearest: NearestVectors, user: Row, n: number): number[] {
    const vector = this.#sides.user(this.#encoder.encodeRow(user));
    return [...nearest.nearest([...vector, 1], n, "dot").ids];
  }

  #classLogit(row: Row): number {
    const { logit, recalibrated } = this.#model.explain(row, this.#model.classes[this.#class]);
    return recalibrated ?? logit;
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

const made = new WeakMap<Model, Map<string, Recommender>>();

/** The model's recommender of all its items, made once for each column of items and class. @throws E_RECOMMEND, E_CLASS (exit code 2) */
export function recommender(model: Model, options: Omit<RecommenderOptions, "items"> = {}): Recommender {
  const own = made.get(model) ?? new Map<string, Recommender>();
  made.set(model, own);
  const key = JSON.stringify([options.item, options.class]);
  const found = own.get(key) ?? new Recommender(model, options);
  own.set(key, found);
  return found;
}

/** What the model reads of items, as the data calls it. @throws E_RECOMMEND (exit code 2) */
export function itemFields(model: Model, options: Pick<RecommenderOptions, "item"> = {}): string[] {
  return [...sidesOf(model, options.item).itemFields];
}

/**
 * The best items for a user: see {@link Recommender}. `user`: the user's fields, or the value of the user's column where one alone sees users.
 * @throws E_RECOMMEND, E_CLASS (exit code 2)
 */
export function recommend(
  model: Model,
  user: Row | string,
  options: { readonly k?: number; readonly seen?: Iterable<string> } & Omit<RecommenderOptions, "items"> = {},
): Recommendation[] {
  return recommender(model, options).recommend(typeof user === "string" ? userRow(model, user, options) : user, options);
}

/** The number of a class; -1: the model has none. @throws E_RECOMMEND, E_CLASS (exit code 2) */
function classOf({ classes }: Model, name: string | undefined): number {
  if (classes.length === 0) return name === undefined ? -1 : refuse(`the model has no classes, and the class ${JSON.stringify(name)} is named; leave it out`);
  const known = `${classes.slice(0, SHOWN).join(", ")}${classes.length > SHOWN ? ` and ${classes.length - SHOWN} others` : ""}`;
  if (name === undefined) return refuse(`the model has several classes; by which one's probability? one of ${known} is allowed`);
  const k = classes.indexOf(name);
  if (k < 0) throw new CrossbillError("E_CLASS", `recommend: the model has no class ${JSON.stringify(name)}; it has ${known}`, { exitCode: 2 });
  return k;
}

/** Classes that an error names. */
const SHOWN = 20;

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

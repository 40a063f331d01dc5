/** A value for each of some names, which many share: a map that costs little more than an array to make. In the order of the names. */
export class NamedValues<T> implements ReadonlyMap<string, T> {
  readonly #places: ReadonlyMap<string, number>;
  readonly #values: readonly T[];

  /** @param places where the value of a name stands: 0, 1, 2 ... in the map's order */
  constructor(places: ReadonlyMap<string, number>, values: readonly T[]) {
    this.#places = places;
    this.#values = values;
  }

  get size(): number {
    return this.#places.size;
  }

  get(name: string): T | undefined {
    const place = this.#places.get(name);
    return place === undefined ? undefined : this.#values[place];
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  forEach(use: (value: T, name: string, map: ReadonlyMap<string, T>) => void, self?: unknown): void {
    for (const [name, value] of this) use.call(self, value, name, this);
  }

  keys(): MapIterator<string> {
    return this.#places.keys();
  }

  *values(): MapIterator<T> {
    yield* this.#values;
  }

  *entries(): MapIterator<[string, T]> {
    for (const [name, place] of this.#places) yield [name, this.#values[place]!];
  }

  [Symbol.iterator](): MapIterator<[string, T]> {
    return this.entries();
  }
}

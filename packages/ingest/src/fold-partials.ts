import { mergePartials } from "@crossbill/columns";
import { decodeMessage, v1 } from "@crossbill/messages";
import { TreeFold } from "@crossbill/numerics";
import { collectGarbage } from "@crossbill/tasks";
import { readOutput } from "./read-output.js";

/** Bytes of partials that are merged while threads hold what they count in. */
const ROOM = 2 ** 26;

/** Merges the shards' partials in their order, while later shards are still counted; once what is merged is large, the others wait until the counting threads have ended. */
export class PartialFold {
  readonly #root: string;
  readonly #room: number;
  readonly #fold = new TreeFold<v1.FeaturePartial>((a, b) => mergePartials(a, b));
  readonly #waiting = new Map<number, v1.Ref | null>();
  readonly #late: v1.Ref[] = [];
  #next = 0;
  #work = Promise.resolve();
  #failure: { readonly thrown: unknown } | null = null;

  constructor(root: string, room: number = ROOM) {
    this.#root = root;
    this.#room = room;
  }

  /** Takes the partial of shard `index`; null: it has none. */
  take(index: number, partial: v1.Ref | null): void {
    this.#waiting.set(index, partial);
    for (let next = this.#waiting.get(this.#next); next !== undefined; next = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next++);
      const ref = next;
      if (ref !== null) this.#work = this.#work.then(() => this.#takeNow(ref));
    }
  }

  /** The fold of all. `rest` ends the counting threads. @throws E_CORRUPT, E_IO of the first partial that cannot be read */
  async finish(rest: () => Promise<void>): Promise<v1.FeaturePartial | null> {
    await this.#work;
    if (this.#late.length > 0) await rest();
    for (const partial of this.#late) await this.#push(partial);
    if (this.#failure !== null) throw this.#failure.thrown;
    const merged = this.#fold.size === 0 ? null : this.#fold.finish();
    if (this.#late.length > 0) collectGarbage(); // what was merged, which is as large as the merge
    return merged;
  }

  /** Waits until nothing is being read. */
  async settle(): Promise<void> {
    await this.#work;
  }

  async #takeNow(partial: v1.Ref): Promise<void> {
    const held = this.#fold.subtrees.reduce((sum, merged) => sum + bytesOf(merged), 0);
    if (this.#late.length > 0 || held + partial.length > this.#room) this.#late.push(partial);
    else await this.#push(partial);
  }

  async #push(partial: v1.Ref): Promise<void> {
    if (this.#failure !== null) return;
    try {
      this.#fold.push(decodeMessage(v1.FeaturePartial, await readOutput(this.#root, partial), partial.uri));
    } catch (thrown) {
      this.#failure = { thrown };
    }
  }
}

/** Of the values of vocabularies, which alone can be many. */
function bytesOf({ columns }: v1.FeaturePartial): number {
  return columns.reduce(
    (sum, { vocabulary }) => sum + (vocabulary == null ? 0 : vocabulary.texts.length + vocabulary.ends.length + vocabulary.tallies.length),
    0,
  );
}

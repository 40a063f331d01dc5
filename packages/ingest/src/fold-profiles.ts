import { decodeMessage, v1 } from "@crossbill/messages";
import { TreeFold } from "@crossbill/numerics";
import { mergeProfiles } from "./profile/merge-profiles.js";
import { readOutput } from "./read-output.js";

/** Merges the shards' profiles in their order, while later shards are still encoded. */
export class ProfileFold {
  readonly #root: string;
  readonly #fold = new TreeFold<v1.DataProfile>(mergeProfiles);
  readonly #waiting = new Map<number, v1.Ref | null>();
  #next = 0;
  #work = Promise.resolve();
  #failure: { readonly thrown: unknown } | null = null;

  constructor(root: string) {
    this.#root = root;
  }

  /** Takes the summary of shard `index`; null: it is of a file that was there before. */
  take(index: number, summary: v1.ShardSummary | null): void {
    this.#waiting.set(index, summary === null || summary.rowsRead === summary.rowsRejected ? null : (summary.profile ?? null));
    for (let next = this.#waiting.get(this.#next); next !== undefined; next = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next++);
      const ref = next;
      if (ref !== null) this.#work = this.#work.then(() => this.#push(ref));
    }
  }

  /** The profile of all; null when there is no row in them. @throws E_CORRUPT, E_IO of the first that cannot be read */
  async finish(): Promise<v1.DataProfile | null> {
    await this.#work;
    if (this.#failure !== null) throw this.#failure.thrown;
    return this.#fold.size === 0 ? null : this.#fold.finish();
  }

  async #push(profile: v1.Ref): Promise<void> {
    if (this.#failure !== null) return;
    try {
      this.#fold.push(decodeMessage(v1.DataProfile, await readOutput(this.#root, profile), profile.uri));
    } catch (thrown) {
      this.#failure = { thrown };
    }
  }
}

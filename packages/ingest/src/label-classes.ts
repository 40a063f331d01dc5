import { CrossbillError, decodeMessage, encodeMessage, hasLabelVectors, v1 } from "@crossbill/messages";

/** More distinct labels than this are no classes. */
const MAX_CLASSES = 10_000;

/** Classes of label vectors, which every row has a number for. */
const MAX_VECTOR = 1000;

/** Distinct labels, in byte order of their UTF-8. */
export class LabelClasses {
  readonly #field: string;
  readonly #texts = new Set<string>();

  constructor(field: string) {
    this.#field = field;
  }

  /** @throws E_CLASSES (exit code 2) when there are too many */
  add(text: string): void {
    this.#texts.add(text);
    if (this.#texts.size > MAX_CLASSES)
      throw new CrossbillError(
        "E_CLASSES",
        `field ${JSON.stringify(this.#field)}: more than ${MAX_CLASSES} distinct labels in the training rows; a head of several classes needs a label of fewer values (head "squared" predicts numbers)`,
        { exitCode: 2 },
      );
  }

  sorted(): string[] {
    return [...this.#texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }
}

/** The classes that the training rows of shards hold, together. @throws E_CLASSES */
export function unionOfClasses(field: string, shards: readonly (readonly string[])[]): string[] {
  const all = new LabelClasses(field);
  for (const texts of shards) for (const text of texts) all.add(text);
  return all.sorted();
}

/** The same data with the classes of its labels named. */
export function withClasses(data: v1.DataSpec, classes: readonly string[]): v1.DataSpec {
  if (!data.label.multi) return data;
  if (hasLabelVectors(data.label) && classes.length > MAX_VECTOR)
    throw new CrossbillError("E_CLASSES", `${classes.length} classes: a label that is a number for each of them has at most ${MAX_VECTOR}`, { exitCode: 2 });
  const copy = decodeMessage(v1.DataSpec, encodeMessage(v1.DataSpec, data), "data");
  copy.label.classes = [...classes];
  return copy;
}

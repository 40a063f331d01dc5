import { featureName } from "@crossbill/columns";
import type { v1 } from "@crossbill/messages";
import { bucketsOf, vocabularyOf } from "../translate.js";

/** The value of an id, as text: `abc` of the feature `site=abc`, `[18, 25)` of `age in [18, 25)`, `#12` of `user#12`; of a cross the whole name. null: it stands for a missing value, or for unknown ones. */
export function valueKey(spec: v1.ColumnSpec, state: v1.FeatureState, id: number): string | null {
  if (id === 0 || (vocabularyOf(spec) !== null && id <= bucketsOf(spec))) return null;
  const name = featureName(spec, state, id);
  if (spec.crossed != null || !name.startsWith(spec.name)) return name;
  return name.slice(spec.name.length).replace(/^(=| in )/, "");
}

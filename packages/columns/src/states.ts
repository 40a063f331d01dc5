import type { v1 } from "@crossbill/messages";
import type { ColumnState, StateOf } from "./column.js";

const tables = new WeakMap<v1.FeatureState.$Properties, StateOf>();

/** Looks a state's columns up by name; the table is made once a state object. */
export function statesOf(state: v1.FeatureState.$Properties): StateOf {
  let table = tables.get(state);
  if (table === undefined) {
    const byName = new Map<string, ColumnState>((state.states ?? []).map((own) => [own.name ?? "", own]));
    table = (name) => byName.get(name);
    tables.set(state, table);
  }
  return table;
}

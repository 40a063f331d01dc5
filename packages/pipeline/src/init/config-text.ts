import { formatByName, isRemote, STANDARD_INPUT, shownSource } from "@crossbill/ingest";
import type { InitPlan } from "./plan-init.js";
import type { ColumnProposal } from "./propose-column.js";
import { comment, entryKey, optionsText, quoted, shown } from "./source-text.js";

/** The plan as a `crossbill.config.ts`, with every reason beside what it explains. The same plan gives the same text. */
export function configText(plan: InitPlan): string {
  const functions = ["defineConfig", plan.train === null ? "exact" : "ftrl", "linear", ...new Set(plan.columns.map(({ kind }) => kind))].sort();
  return [
    comment(
      `Written by crossbill init: a first guess, from ${plan.sampled} of the ${plan.rows} rows of ${plan.file === STANDARD_INPUT ? "standard input" : shown(shownSource(plan.file))}. Change what you know better.`,
    ),
    comment("crossbill retrain reads, trains, measures and publishes with it."),
    `import { ${functions.join(", ")} } from "crossbill";`,
    "",
    "export default defineConfig({",
    ...dataLines(plan).map(indent),
    ...columnLines(plan).map(indent),
    ...modelLines(plan).map(indent),
    "});",
    "",
  ].join("\n");
}

const indent = (line: string): string => (line === "" ? "" : `  ${line}`);

function dataLines(plan: InitPlan): string[] {
  const { label, key, time, group } = plan;
  const lines = [`train: ${quoted(trainPattern(plan.file))},`];
  if (plan.format !== (formatByName(shownSource(plan.file)) ?? "csv")) lines.push(`format: ${quoted(plan.format)},`);
  lines.push(`label: ${quoted(label.field)}, ${comment(label.why)}`);
  if (label.positive !== null) lines.push(`positive: ${quoted(label.positive)}, ${comment(label.whyPositive)}`);
  if (key !== null) lines.push(`key: ${quoted(key.field)}, ${comment(key.why)}`);
  const csv = csvEntries(plan);
  if (csv.length > 0) lines.push("csv: {", ...csv.map(indent), "},");
  if (group !== null)
    lines.push(comment(`${shown(group.field)}: ${group.why}`), `split: { by: "hash", column: ${quoted(group.field)}, validation: 0.1, test: 0.1 },`);
  else
    lines.push(
      comment("every tenth row is for the test, the ones behind them for validation"),
      'split: { by: "index", every: 10, validation: [1], test: [0] },',
    );
  if (time !== null)
    lines.push(
      comment(`${shown(time.field)} ${time.why}. To train on the past and to test on what came later, say instead:`),
      comment(`split: { by: "time", column: ${quoted(time.field)}, validation: 0.1, test: 0.1 },`),
    );
  return ["data: {", ...lines.map(indent), "},"];
}

/** A path as the configuration reads it: `${...}` in it is no variable. (What looks like a pattern and is there as a file is that file.) */
function trainPattern(file: string): string {
  return isRemote(file) ? file : file.replace(/\$\{/g, "[$]{");
}

function csvEntries({ csv }: InitPlan): string[] {
  const value = (x: unknown): string => (typeof x === "string" ? quoted(x) : Array.isArray(x) ? `[${x.map(value).join(", ")}]` : String(x));
  return Object.entries(csv).map(([name, of]) => `${name}: ${value(of)},`);
}

function columnLines({ columns, leftOut }: InitPlan): string[] {
  const lines = columns.flatMap((column) => [comment(column.why), `${entryKey(column.name)}: ${callOf(column)},`]);
  const left = leftOut.map(({ field, why }) => comment(`  ${shown(field)} ${why}`));
  return ["columns: {", ...lines.map(indent), ...(left.length > 0 ? [comment("Left out:"), ...left].map(indent) : []), "},"];
}

function callOf({ kind, field, options }: ColumnProposal): string {
  const more = optionsText(options);
  return `${kind}(${quoted(field)}${more === "" ? "" : `, ${more}`})`;
}

function modelLines({ label, train, slices }: InitPlan): string[] {
  return [
    `model: linear({ head: ${quoted(label.head)}, l2: ${label.head === "softmax" ? "1e-4" : "1e-6"} }),`,
    train === null
      ? `train: { optimizer: exact() }, ${comment(label.head === "softmax" ? "the optimum" : "the optimum, whatever the unit of the label")}`
      : `train: { optimizer: ftrl({ alpha: 0.1 }), epochs: ${train.epochs}, batchSize: ${train.batchSize}, earlyStopping: { patience: 2 } },`,
    ...(slices.length > 0 ? [`evaluate: { slices: [${slices.map(quoted).join(", ")}] },`] : []),
  ];
}

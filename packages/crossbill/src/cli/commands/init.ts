import path from "node:path";
import { initConfig } from "@crossbill/pipeline";
import { out, outJson, table } from "../terminal.js";

export interface InitCommandOptions {
  label?: string;
  positive?: string;
  config?: string;
  json?: boolean;
  quiet?: boolean;
}

/** Looks at a data file, writes a configuration for it, and says what was decided. */
export async function init(file: string, options: InitCommandOptions): Promise<void> {
  const { label, positive } = options;
  const { config, plan } = await initConfig({ file, cwd: process.cwd(), config: options.config, label, positive });
  if (options.json === true) return outJson({ config, ...plan });
  if (options.quiet === true) return;
  const role = (of: { field: string; why: string } | null): string => (of === null ? "-" : `${of.field}: ${of.why}`);
  const { csv } = plan;
  out(
    table([
      ["what", "decided"],
      ["rows", plan.sampled < plan.rows ? `${plan.rows}, of which ${plan.sampled} were looked at` : String(plan.rows)],
      ...Object.entries(csv).map(([name, value]) => [`csv.${name}`, JSON.stringify(value)]),
      ["label", role(plan.label)],
      ...(plan.label.positive === null ? [] : [["positive", `${plan.label.positive}: ${plan.label.whyPositive}`]]),
      ["key", role(plan.key)],
      ["time", role(plan.time)],
      ["split together", role(plan.group)],
      ...plan.columns.map(({ name, kind, why }) => [name, `${kind}: ${why}`]),
      ...plan.leftOut.map(({ field, why }) => [field, `left out: ${why}`]),
    ]),
  );
  out(`\nwritten: ${path.relative(process.cwd(), config) || config}; look at it, then run: crossbill retrain`);
}

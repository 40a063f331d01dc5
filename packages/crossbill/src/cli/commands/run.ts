import { CrossbillError } from "@crossbill/messages";
import { type RunSummary, runCommand, type StepCommand } from "@crossbill/pipeline";
import type { CommonOptions } from "../options.js";
import { showSummary } from "../show-summary.js";
import type { StopSignals } from "../signals.js";
import { note, outJson, ProgressDisplay } from "../terminal.js";

/** ingest, train, evaluate, publish, report, retrain: steps over one work folder. */
export async function run(command: StepCommand, options: CommonOptions & { model?: string; against?: string }, stop: StopSignals): Promise<void> {
  const display = new ProgressDisplay();
  let summary: RunSummary;
  try {
    summary = await runCommand(command, {
      cwd: process.cwd(),
      config: options.config,
      workdir: options.workdir,
      workers: options.workers,
      seed: options.seed,
      memoryBytes: options.memory,
      executor: options.executor,
      fresh: options.fresh,
      model: options.model,
      against: options.against,
      signal: stop.signal,
      onProgress: (p) => {
        if (options.quiet !== true) display.update({ phase: p.step, fraction: p.fraction, facts: p.facts });
      },
      onNotice: (text) => {
        display.clear();
        if (options.quiet !== true) note(text);
      },
    });
  } finally {
    display.clear();
    stop.done();
  }
  if (options.json === true) outJson(summary);
  else showSummary(command, summary);
  if (summary.gate?.accepted === false && (command === "retrain" || command === "publish")) {
    const rejected = new CrossbillError("E_GATE_REJECTED", `the gate rejected the model; the current one stays: ${summary.gate.reasons.join("; ")}`, {
      exitCode: 3,
    });
    note(`${rejected.code}: ${rejected.message}`);
    process.exitCode = rejected.exitCode;
  }
}

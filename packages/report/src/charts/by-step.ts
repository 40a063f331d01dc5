import { compact } from "../format.js";

/** The frame of a chart of something against training steps [first, last]: sizes and axes. */
export function byStep([first, last]: readonly [number, number], values: readonly [number, number], label: string) {
  return {
    height: 300,
    marginLeft: 58,
    marginBottom: 40,
    marginTop: 26,
    marginRight: 16,
    x: { domain: [Math.max(0, first), last], label: "step", ticks: 5, tickFormat: compact },
    y: { domain: values, label, grid: true, ticks: 6 },
  };
}

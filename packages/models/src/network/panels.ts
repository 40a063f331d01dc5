import { PANEL_ROWS } from "@crossbill/kernels";

/** Panels of `rows` rows. */
export function panelsOf(rows: number): number {
  return Math.ceil(rows / PANEL_ROWS);
}

/** Row-major f32[rows][units] as panels f32[M][units][PANEL_ROWS]; rows past the last are 0. */
export function toPanels(out: Float32Array, values: Float32Array, rows: number, units: number): void {
  out.fill(0);
  for (let r = 0; r < rows; r++) {
    let at = placeOf(r, units);
    for (let i = r * units; i < (r + 1) * units; i++, at += PANEL_ROWS) out[at] = values[i]!;
  }
}

/** The inverse. */
export function fromPanels(panels: Float32Array, rows: number, units: number): Float32Array {
  const values = new Float32Array(rows * units);
  for (let r = 0; r < rows; r++) {
    let at = placeOf(r, units);
    for (let i = r * units; i < (r + 1) * units; i++, at += PANEL_ROWS) values[i] = panels[at]!;
  }
  return values;
}

function placeOf(row: number, units: number): number {
  const inPanel = row % PANEL_ROWS;
  return (row - inPanel) * units + inPanel;
}

/** Lanes in which the gradients of what all rows share are summed over a block, each over its own panels in order: as many as panels up to 4, then one for two, 16 at most. What threads exchange grows with them, and they bound how many can share a block. */
export function lanesOf(panels: number): number {
  return Math.min(panels, Math.max(4, Math.min(16, Math.ceil(panels / 2))));
}

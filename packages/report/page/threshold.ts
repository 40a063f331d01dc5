import { type Costs, cheapest, type Decision, type DecisionPoints, decide, pointAt } from "../src/decision.js";
import { format, type NumberKind } from "../src/format.js";

interface Given extends DecisionPoints {
  /** Point of the evaluation's threshold, and that threshold. */
  readonly start: number;
  readonly threshold: number | null;
}

const NOTHING = "no threshold: nothing is called positive";
/** Screen readers are told once the slider rests. */
const REST_MS = 300;

const input = (id: string): HTMLInputElement => document.getElementById(id) as HTMLInputElement;

function place(curve: string, x: number, y: number): void {
  const svg = document.querySelector<SVGElement>(`svg[data-curve="${curve}"]`);
  const mark = svg?.querySelector(".here circle");
  if (svg === null || !mark) return;
  const [left, right, bottom, top] = (svg.dataset["frame"] ?? "").split(" ").map(Number) as [number, number, number, number];
  const drawn = Number.isFinite(x) && Number.isFinite(y);
  mark.setAttribute("visibility", drawn ? "visible" : "hidden");
  if (!drawn) return;
  mark.setAttribute("cx", String(left + x * (right - left)));
  mark.setAttribute("cy", String(bottom + y * (top - bottom)));
}

function show(values: Readonly<Record<string, number | null>>): void {
  for (const node of document.querySelectorAll<HTMLElement>("[data-live]")) {
    const value = values[node.dataset["live"] ?? ""];
    if (value === undefined) continue;
    const words = value === null ? NOTHING : format(node.dataset["liveKind"] as NumberKind, value);
    if (node.textContent !== words) node.textContent = words;
  }
}

const words = (threshold: number | null, d: Decision): string =>
  `${threshold === null ? NOTHING : `Threshold ${format("metric", threshold)}`}: precision ${format("metric", d.precision)}, recall ${format("metric", d.recall)}, F1 ${format("metric", d.f1)}, called positive ${format("metric", d.positiveShare)}, cost ${format("weight", d.cost)}`;

/** The threshold follows slider, number and buttons; the numbers and the marks on the curves follow the threshold. */
export function liveThreshold(): void {
  const given = document.getElementById("threshold-points")?.textContent;
  if (!given) return;
  const points = JSON.parse(given) as Given;
  const last = points.thresholds.length - 1;
  const [range, number] = [input("threshold-range"), input("threshold-number")];
  const [falsePositive, falseNegative] = [input("cost-false-positive"), input("cost-false-negative")];
  const said = document.getElementById("threshold-said");
  const costs = { falsePositive: Number(falsePositive.value), falseNegative: Number(falseNegative.value) } satisfies Costs;
  let index = points.start;
  let threshold = points.threshold;
  let resting: ReturnType<typeof setTimeout> | undefined;

  const update = (): void => {
    const d = decide(points, index, costs);
    const least = cheapest(points, costs);
    show({ ...d, threshold, leastCost: decide(points, least, costs).cost, leastThreshold: points.thresholds[least] ?? null });
    place("roc", d.falsePositiveRate, d.recall);
    place("precision", d.recall, d.precision);
    place("gain", d.positiveShare, d.recall);
    range.setAttribute("aria-valuetext", threshold === null ? NOTHING : format("metric", threshold));
    clearTimeout(resting);
    resting = setTimeout(() => {
      if (said) said.textContent = words(threshold, d);
    }, REST_MS);
  };
  const go = (to: number, at: number | null): void => {
    [index, threshold] = [to, at];
    range.value = String(last - to);
    number.value = at === null ? "" : String(at);
    update();
  };

  range.setAttribute("aria-valuetext", threshold === null ? NOTHING : format("metric", threshold));
  range.addEventListener("input", () => {
    const to = last - Number(range.value);
    go(to, points.thresholds[to] ?? null);
  });
  number.addEventListener("input", () => {
    const at = number.valueAsNumber;
    if (!Number.isFinite(at)) return;
    [index, threshold] = [pointAt(points, at), at];
    range.value = String(last - index);
    update();
  });
  for (const [field, key] of [
    [falsePositive, "falsePositive"],
    [falseNegative, "falseNegative"],
  ] as const)
    field.addEventListener("input", () => {
      const cost = field.valueAsNumber;
      field.setAttribute("aria-invalid", String(!(cost >= 0)));
      if (!(cost >= 0)) return;
      costs[key] = cost;
      update();
    });
  document.getElementById("threshold-cheapest")?.addEventListener("click", () => {
    const to = cheapest(points, costs);
    go(to, points.thresholds[to] ?? null);
  });
  document.getElementById("threshold-start")?.addEventListener("click", () => go(points.start, points.threshold));
}

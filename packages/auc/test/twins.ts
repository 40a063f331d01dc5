// Slow second implementations, straight from the definitions.

type Numbers = readonly number[];

/** Every pair of a positive and a negative: 1, 1/2 or 0, by the product of the weights. O(N^2). */
export function rocAucTwin(labels: Numbers, scores: Numbers, weights: Numbers = labels.map(() => 1)): number {
  let won = 0;
  let pairs = 0;
  for (const [i, yi] of labels.entries()) {
    for (const [j, yj] of labels.entries()) {
      if (yi !== 1 || yj !== 0) continue;
      const w = weights[i]! * weights[j]!;
      pairs += w;
      won += w * (scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0);
    }
  }
  return won / pairs;
}

/** Precision and recall counted anew at every threshold. O(N^2). */
export function averagePrecisionTwin(labels: Numbers, scores: Numbers, weights: Numbers = labels.map(() => 1)): number {
  const positive = labels.reduce((sum, y, i) => sum + y * weights[i]!, 0);
  if (positive === 0) return Number.NaN;
  let area = 0;
  let before = 0;
  for (const threshold of [...new Set(scores.map((s) => s + 0))].sort((a, b) => (a < b ? 1 : -1))) {
    const [tp, fp] = confusionTwin(labels, scores, threshold, weights) as [number, number];
    if (tp + fp === 0) continue;
    area += ((tp - before) / positive) * (tp / (tp + fp));
    before = tp;
  }
  return area;
}

/** TP, FP, TN, FN at scores >= threshold. */
export function confusionTwin(labels: Numbers, scores: Numbers, threshold: number, weights: Numbers = labels.map(() => 1)): number[] {
  const sum = (label: number, above: boolean): number =>
    labels.reduce((all, y, i) => all + (y === label && scores[i]! >= threshold === above ? weights[i]! : 0), 0);
  return [sum(1, true), sum(0, true), sum(0, false), sum(1, false)];
}

/** Distinct scores with weight, falling. */
export function thresholdsTwin(scores: Numbers, weights: Numbers): number[] {
  const kept = scores.filter((_, i) => weights[i]! > 0).map((s) => s + 0);
  return [...new Set(kept)].sort((a, b) => (a < b ? 1 : -1));
}

/** Area under the ROC curve up to a false positive rate, by trapezoids between points counted anew. */
export function partialRocAucTwin(labels: Numbers, scores: Numbers, rate: number, weights: Numbers = labels.map(() => 1)): number {
  const points = [Infinity, ...thresholdsTwin(scores, weights)].map((threshold) => {
    const [tp, fp, tn, fn] = confusionTwin(labels, scores, threshold, weights) as [number, number, number, number];
    return threshold === Infinity && !scores.includes(Infinity) ? { x: 0, y: 0, fn, tn, tp, fp } : { x: fp / (fp + tn), y: tp / (tp + fn), fn, tn, tp, fp };
  });
  if (points[0]!.tp + points[0]!.fn === 0 || points[0]!.fp + points[0]!.tn === 0) return Number.NaN;
  points[0] = { ...points[0]!, x: 0, y: 0 };
  let area = 0;
  for (let k = 1; k < points.length; k++) {
    const [a, b] = [points[k - 1]!, points[k]!];
    if (a.x >= rate) break;
    const x = Math.min(b.x, rate);
    const y = b.x > a.x ? a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x) : b.y;
    area += ((x - a.x) * (a.y + y)) / 2;
  }
  return area;
}

/** Area under the precision-recall-gain curve, from precisions and recalls by the paper's first formulas, with a crossing point where the recall gain is 0. */
export function precisionRecallGainAreaTwin(labels: Numbers, scores: Numbers, weights: Numbers = labels.map(() => 1)): number {
  const [p, n] = [1, 0].map((y) => labels.reduce((sum, label, i) => sum + (label === y ? weights[i]! : 0), 0)) as [number, number];
  if (p === 0 || n === 0) return Number.NaN;
  const pi = p / (p + n);
  const gain = (x: number): number => (x - pi) / ((1 - pi) * x);
  const counts = [[0, 0], ...thresholdsTwin(scores, weights).map((t) => confusionTwin(labels, scores, t, weights))].map(([tp, fp]) => ({ tp: tp!, fp: fp! }));
  const points: { recall: number; precision: number }[] = [];
  for (const [k, { tp, fp }] of counts.entries()) {
    if (tp / p < pi) continue;
    if (points.length === 0 && tp / p > pi) {
      const before = counts[k - 1]!;
      const share = (pi * p - before.tp) / (tp - before.tp);
      const at = { tp: pi * p, fp: before.fp + share * (fp - before.fp) };
      points.push({ recall: 0, precision: gain(at.tp / (at.tp + at.fp)) });
    }
    points.push({ recall: gain(tp / p), precision: gain(tp / (tp + fp)) });
  }
  return points.slice(1).reduce((area, b, k) => area + ((b.recall - points[k]!.recall) * (b.precision + points[k]!.precision)) / 2, 0);
}

type Rows = readonly Numbers[];

/** Each class against the rest, or each pair of classes, by counting pairs of rows. */
export function multiClassAucTwin(labels: Numbers, scores: Rows, k: number, scheme: string, average: string, weights: Numbers = labels.map(() => 1)): number {
  const auc = (of: number, kept: (label: number) => boolean): { auc: number; weight: number } => {
    const rows = labels.map((_, i) => i).filter((i) => kept(labels[i]!));
    const is = rows.map((i) => (labels[i] === of ? 1 : 0));
    const w = rows.map((i) => weights[i]!);
    return {
      auc: rocAucTwin(
        is,
        rows.map((i) => scores[i]![of]!),
        w,
      ),
      weight: w.reduce((a, b, i) => a + (scheme === "oneVsOne" || is[i] === 1 ? b : 0), 0),
    };
  };
  const classes = Array.from({ length: k }, (_, c) => c);
  const all =
    scheme === "oneVsRest"
      ? classes.map((c) => auc(c, () => true))
      : classes.flatMap((a) =>
          classes
            .filter((b) => b > a)
            .map((b) => {
              const [x, y] = [auc(a, (label) => label === a || label === b), auc(b, (label) => label === a || label === b)];
              return { auc: (x.auc + y.auc) / 2, weight: x.weight };
            }),
        );
  if (average === "micro") {
    const cells = labels.flatMap((label, i) => classes.map((c) => ({ y: label === c ? 1 : 0, s: scores[i]![c]!, w: weights[i]! })));
    return rocAucTwin(
      cells.map((c) => c.y),
      cells.map((c) => c.s),
      cells.map((c) => c.w),
    );
  }
  const defined = all.filter((x) => !Number.isNaN(x.auc)).map((x) => (average === "macro" ? { ...x, weight: 1 } : x));
  return defined.reduce((sum, x) => sum + x.auc * x.weight, 0) / defined.reduce((sum, x) => sum + x.weight, 0);
}

/** Share of rows whose label is among the top k: every order of equal scores that the rule allows, tried out. */
export function topKAccuracyTwin(labels: Numbers, scores: Rows, k: number, ties: string, weights: Numbers = labels.map(() => 1)): number {
  let hits = 0;
  for (const [i, label] of labels.entries()) {
    const orders = permutations(scores[i]!.map((_, c) => c)).filter((order) =>
      order.every((c, at) => at === 0 || scores[i]![order[at - 1]!]! >= scores[i]![c]!),
    );
    const places = orders.map((order) => order.indexOf(label));
    const stable = scores[i]!.map((_, c) => c)
      .sort((a, b) => scores[i]![b]! - scores[i]![a]! || a - b)
      .indexOf(label);
    const share = ties === "average" ? places.filter((at) => at < k).length / places.length : (ties === "worst" ? Math.max(...places) : stable) < k ? 1 : 0;
    hits += weights[i]! * share;
  }
  return hits / weights.reduce((a, b) => a + b, 0);
}

export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]));
}

export interface GroupedRow {
  readonly group: string | number;
  readonly relevance: number;
  readonly score: number;
  readonly weight: number;
}

/** NDCG, MAP, recall, precision, MRR: every order of equal scores tried out, each measure by its formula for one order. */
export function groupRankingTwin(rows: readonly GroupedRow[], k: number, gain: "exponential" | "linear"): number[] {
  const kept = rows.filter((row) => row.weight > 0);
  const groups = [...new Set(kept.map((row) => row.group))].map((key) => kept.filter((row) => row.group === key));
  const relevant = groups.filter((group) => group.some((row) => row.relevance > 0));
  const all = relevant.reduce((sum, [first]) => sum + first!.weight, 0);
  const means = [0, 0, 0, 0, 0];
  for (const group of relevant) {
    const orders = permutations(group).filter((order) => order.every((row, i) => i === 0 || order[i - 1]!.score >= row.score));
    for (const order of orders)
      for (const [m, x] of orderMeasures(
        order.map((row) => row.relevance),
        k,
        gain,
      ).entries())
        means[m]! += (group[0]!.weight * x) / orders.length / all;
  }
  return relevant.length === 0 ? means.map(() => Number.NaN) : means;
}

function orderMeasures(relevances: Numbers, k: number, gain: "exponential" | "linear"): number[] {
  const dcg = (xs: Numbers): number => xs.slice(0, k).reduce((sum, x, i) => sum + (gain === "linear" ? x : 2 ** x - 1) / Math.log2(i + 2), 0);
  const hits = relevances.map((x) => (x > 0 ? 1 : 0));
  const total = hits.reduce<number>((a, b) => a + b, 0);
  const top = hits.slice(0, k);
  const found = top.reduce<number>((a, b) => a + b, 0);
  const precisions = top.map((hit, i) => (hit === 1 ? top.slice(0, i + 1).reduce<number>((a, b) => a + b, 0) / (i + 1) : 0));
  const first = top.indexOf(1);
  return [
    dcg(relevances) / dcg([...relevances].sort((a, b) => b - a)),
    precisions.reduce((a, b) => a + b, 0) / Math.min(k, total),
    found / total,
    found / (k === Infinity ? relevances.length : k),
    first < 0 ? 0 : 1 / (first + 1),
  ];
}

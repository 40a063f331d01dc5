/** What the optimisers of a model with a network are where a configuration as written says nothing of them: Adagrad, and FTRL of a wide part. */
export function withNetworkDefaults(raw: unknown): unknown {
  if (!isRecord(raw) || !isRecord(raw.model) || !["deep", "wideAndDeep", "factorized", "twoTower"].includes(String(raw.model.kind))) return raw;
  const train = raw.train ?? {};
  if (!isRecord(train)) return raw;
  const optimizer = train.optimizer ?? { kind: "adagrad" };
  const wide = raw.model.kind === "wideAndDeep" && train.linearOptimizer === undefined ? { linearOptimizer: { kind: "ftrl", alpha: 0.1 } } : {};
  return { ...raw, train: { ...train, optimizer, ...wide } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

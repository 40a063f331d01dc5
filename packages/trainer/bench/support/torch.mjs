// The same networks in PyTorch, where python3 (or CROSSBILL_PYTHON) has it: eager, the fused Adam; embeddings with sparse gradients and Adagrad, of which each column has a table. Input: files of float32 and int64.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const SCRIPT = `
import json, sys, time
import numpy as np, torch
o = json.loads(sys.argv[1])
torch.set_num_threads(o["threads"]); torch.manual_seed(1)
n, B, sizes = o["rows"], o["batch"], o["sizes"]
f32 = lambda name, shape: torch.from_numpy(np.fromfile(o["folder"] + "/" + name, np.float32).reshape(shape))
X, y = f32("numbers", (n, -1)), f32("label", (n, 1))
ids = torch.from_numpy(np.fromfile(o["folder"] + "/ids", np.uint32).astype(np.int64).reshape(n, -1)) if o["tables"] else None
L = torch.nn.Linear
parts = [p for a, b in zip(sizes[:-2], sizes[1:]) for p in (L(a, b), torch.nn.ReLU())] + [L(sizes[-2], sizes[-1])]
net = torch.nn.Sequential(*parts)
tables = [torch.nn.Embedding(size, o["dimension"], sparse=True) for size in o["tables"]]
wide = [torch.nn.Embedding(size, 1, sparse=True) for size in o["tables"]]
for w in wide: torch.nn.init.zeros_(w.weight)
lf = torch.nn.BCEWithLogitsLoss()
if o["tables"]:
    A = torch.optim.Adagrad
    opts = [A(net.parameters(), lr=0.02, initial_accumulator_value=0.1), A([t.weight for t in tables], lr=0.02, initial_accumulator_value=0.1), A([t.weight for t in wide], lr=0.1)]
else: opts = [torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)]
def logits(i, j):
    if ids is None: return net(X[i:j])
    b = ids[i:j]
    x = torch.cat([t(b[:, c]) for c, t in enumerate(tables)] + [X[i:j]], 1)
    return net(x) + sum(w(b[:, c]) for c, w in enumerate(wide))
def epoch():
    t = time.perf_counter(); m = n - n % B
    for i in range(0, m, B):
        for p in opts: p.zero_grad(set_to_none=True)
        lf(logits(i, i + B), y[i:i + B]).backward()
        for p in opts: p.step()
    return m / (time.perf_counter() - t)
epoch()
print(torch.__version__, max(epoch() for _ in range(o["epochs"])))
`;

/** Rows a second, the best epoch after the first; null where PyTorch is not there. */
export function torchRate({ rows, columns, numbers, label }, { sizes, batch, dimension = 0, threads, folder }) {
  const count = numbers.length;
  const x = new Float32Array(rows * count);
  for (const [i, column] of numbers.entries()) for (let r = 0; r < rows; r++) x[r * count + i] = column[r];
  const ids = new Uint32Array(rows * columns.length);
  for (const [c, { ids: own }] of columns.entries()) for (let r = 0; r < rows; r++) ids[r * columns.length + c] = own[r];
  fs.writeFileSync(path.join(folder, "numbers"), x);
  fs.writeFileSync(path.join(folder, "label"), Float32Array.from(label.subarray(0, rows)));
  fs.writeFileSync(path.join(folder, "ids"), ids);
  const tables = columns.map(({ size }) => size);
  const options = JSON.stringify({ rows, batch, sizes, dimension, threads, folder, tables, epochs: 2 });
  const { stdout, status } = spawnSync(process.env.CROSSBILL_PYTHON ?? "python3", ["-c", SCRIPT, options], { encoding: "utf8" });
  if (status !== 0) return null;
  const [version, rate] = stdout.trim().split(" ");
  return { version, rate: Number(rate) };
}

import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { PublishOptions } from "@crossbill/registry";
import type { ExecutionContext } from "ava";

export function scratch(t: ExecutionContext): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-registry-"));
  t.teardown(() => fs.rmSync(root, { recursive: true, force: true }));
  return root;
}

/** A folder like a trained candidate's; `content` makes it one of its own. */
export function candidate(root: string, content: string): PublishOptions {
  const from = path.join(root, `candidate-${content}`);
  fs.mkdirSync(path.join(from, "model"), { recursive: true });
  fs.mkdirSync(path.join(from, "state"), { recursive: true });
  fs.writeFileSync(path.join(from, "model/model.pb"), `model ${content}`);
  fs.writeFileSync(path.join(from, "model/weights.arrow"), Buffer.alloc(5000, content));
  fs.writeFileSync(path.join(from, "state/empty"), "");
  return {
    from,
    modelSha256: createHash("sha256").update(content).digest("hex"),
    metrics: { logLoss: 0.25, auc: 0.75 },
    lineage: { build: "test", configSha256: "c0", ingestKey: content },
  };
}

/** Every file under a folder with its bytes, as one hash; temporary files are part of it. */
export function fingerprint(root: string): string {
  const hash = createHash("sha256");
  for (const name of fs.readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
    const full = path.join(root, name);
    hash.update(`${name}\0`);
    if (fs.statSync(full).isFile()) hash.update(fs.readFileSync(full));
  }
  return hash.digest("hex");
}

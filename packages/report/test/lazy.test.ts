import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

test("Plot and linkedom are imported nowhere but where a chart is drawn", (t) => {
  const dist = fileURLToPath(new URL("../dist", import.meta.url));
  const sources = fs.readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
  t.true(sources.length > 10);
  for (const name of sources) {
    const text = fs.readFileSync(path.join(dist, name), "utf8");
    t.false(/^import [^(]*["'](@observablehq\/plot|linkedom)["']/m.test(text), name);
  }
});

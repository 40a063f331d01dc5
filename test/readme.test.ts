import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect } from "node:util";
import test from "ava";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
/** Those whose example needs nothing but itself. */
const PACKAGES = ["auc", "calibration", "slicing", "numerics", "columns", "synthetic", "report"];

interface Claim {
  line: string;
  said: string;
  found: unknown;
}

/** The example as a module that keeps the value of every line `expression; // what it is` or `console.log(expressions); // what they are`. */
function instrumented(example: string): string {
  const lines = example.split("\n");
  const made = lines.map((line, i) => {
    const [, shown, statement, first] = /^(?!import |const |for |[)\]}])(?:console\.log\((.*)\)|(\S.*)); *(?:\/\/ (.*))?$/.exec(line) ?? [];
    const expression = shown === undefined ? statement : `[${shown}]`;
    let said = first ?? "";
    for (let next = i + 1; lines[next]?.startsWith("// ") === true; next++) said += ` ${lines[next]!.slice(3)}`;
    return expression === undefined || said === ""
      ? line
      : `claims.push({ line: ${JSON.stringify(line)}, said: ${JSON.stringify(said)}, found: ${expression} });`;
  });
  return `export const claims = [];\n${made.join("\n")}\n`;
}

/** Numbers, `true` and `false` of a comment stand in the value; "0.888..." is the beginning of one. */
function holds({ said, found }: Claim): boolean {
  const printed = new Set(
    inspect(found, { depth: 9, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: null }).match(/-?\d+(?:\.\d+)?(?:e[-+]\d+)?|true|false/g),
  );
  const wanted = said.match(/(?<![\w.])-?\d+(?:\.\d+)?(?:\.\.)?(?:e[-+]\d+)?|\btrue\b|\bfalse\b/g) ?? [];
  return (
    wanted.length > 0 &&
    wanted.every((token) => (token.endsWith("..") ? [...printed].some((number) => number.startsWith(token.slice(0, -2))) : printed.has(token)))
  );
}

for (const name of PACKAGES) {
  test(`the example of ${name}'s README runs, and its comments say what it gives`, async (t) => {
    const text = fs.readFileSync(path.join(root, "packages", name, "README.md"), "utf8");
    const examples = [...text.matchAll(/^```js\n([\s\S]*?)^```/gm)].map((match) => match[1]!);
    t.true(examples.length > 0);
    const folder = fs.mkdtempSync(path.join(root, "test", "dist-test", "readme-"));
    t.teardown(() => fs.rmSync(folder, { recursive: true }));
    const file = path.join(folder, "example.mjs");
    fs.writeFileSync(file, instrumented(examples.join("\n")));
    const { claims } = (await import(pathToFileURL(file).href)) as { claims: Claim[] };
    for (const claim of claims) t.true(holds(claim), `${claim.line}\nsays ${claim.said}\ngives ${inspect(claim.found, { depth: 9 })}`);
    t.log(`${claims.length} comments hold`);
  });
}

test("a comment that is wrong is noticed", (t) => {
  t.true(holds({ line: "", said: "0.888...", found: 8 / 9 }));
  t.false(holds({ line: "", said: "0.889...", found: 8 / 9 }));
  t.false(holds({ line: "", said: "true, bit for bit", found: false }));
  t.true(holds({ line: "", said: "{ threshold: 0.35, value: 0.857..., ... }", found: { threshold: 0.35, value: 6 / 7, truePositives: 3 } }));
  t.false(holds({ line: "", said: "{ threshold: 0.3 }", found: { threshold: 0.35 } }));
});

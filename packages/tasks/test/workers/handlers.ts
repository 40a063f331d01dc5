import fs from "node:fs";
import { CrossbillError } from "@crossbill/messages";
import { type Handler, writeOutput } from "@crossbill/tasks";

const ENDLESS = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 7, 1, 3, 114, 117, 110, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11,
]);
const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

/** Its params are a text; it waits a time that depends on it, and its output is the text in upper case. */
const shout: Handler = async (task, context) => {
  const text = utf8(task.params);
  await new Promise((resolve) => setTimeout(resolve, (text.charCodeAt(0) * 7) % 20));
  const inputs = task.inputs.map((ref) => fs.readFileSync(context.inputPath(ref), "utf8")).join("");
  const output = await writeOutput(context.root, task.key, "shout.txt", Buffer.from(`${text}${inputs}`.toUpperCase()));
  return { outputs: [output], summary: Buffer.from(text) };
};

/** Its params: one of fail, exit, "exit once <file>", loop, wasm, lie, beat. */
const trouble: Handler = async (task, context) => {
  const [kind, file = ""] = utf8(task.params).split(" ");
  if (kind === "fail") throw new CrossbillError("E_ROW", "row 7 is bad", { exitCode: 2, details: { row: 7, fields: ["a", "b"] } });
  if (kind === "exit") process.exit(5);
  if (kind === "once" && !fs.existsSync(file)) {
    fs.writeFileSync(file, "");
    process.exit(5);
  }
  if (kind === "loop") for (;;);
  if (kind === "wasm") (new WebAssembly.Instance(new WebAssembly.Module(ENDLESS), {}).exports.run as () => void)();
  if (kind === "lie") return { outputs: [{ uri: "objects/not-there", offset: 0, length: 3, sha256: "" } as never], summary: new Uint8Array() };
  if (kind === "beat") {
    const end = Date.now() + 4000;
    while (Date.now() < end) context.beat();
  }
  return { outputs: [], summary: Buffer.from("fine") };
};

export const handlers: Record<string, Handler> = { shout, trouble };

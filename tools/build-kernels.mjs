// Compiles packages/kernels/assembly/*.ts (AssemblyScript) to packages/kernels/dist/kernels.wasm and checks what every
// kernel relies on: no data segment, no start function, no import but the memory (a new instance must not write into shared memory).
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../packages/kernels");
const entries = fs
  .readdirSync(path.join(home, "assembly"))
  .filter((f) => f.endsWith(".ts"))
  .sort()
  .map((f) => `assembly/${f}`);
const { error, binary, stderr } = await compile();
if (error) {
  console.error(stderr || error.message);
  process.exit(1);
}
const sections = sectionIds(binary);
const module = new WebAssembly.Module(binary);
const imports = WebAssembly.Module.imports(module).map((i) => `${i.module}.${i.name}`);
const problems = [
  ...(imports.join() === "env.memory" ? [] : [`imports ${imports.join(", ")}: only env.memory is allowed`]),
  ...(sections.includes(11) ? ["has a data segment: a kernel uses a string, a static array or an abort message"] : []),
  ...(sections.includes(8) ? ["has a start function: a kernel uses module variables that need one"] : []),
];
if (problems.length > 0) {
  for (const problem of problems) console.error(`kernels.wasm ${problem}`);
  process.exit(1);
}
const out = path.join(home, "dist/kernels.wasm");
if (!fs.existsSync(out) || !fs.readFileSync(out).equals(Buffer.from(binary))) {
  fs.mkdirSync(path.dirname(out), { recursive: true });
  fs.writeFileSync(`${out}.${process.pid}`, binary);
  fs.renameSync(`${out}.${process.pid}`, out);
}
console.log(`kernels.wasm: ${binary.length} bytes, ${WebAssembly.Module.exports(module).length} exports`);

async function compile() {
  let binary = null,
    stderr = "";
  const result = await asc.main(
    [
      ...entries,
      "--outFile",
      "kernels.wasm",
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--importMemory",
      "--sharedMemory",
      "--initialMemory",
      "1",
      "--maximumMemory",
      "65536",
      "--enable",
      "simd",
      "--enable",
      "threads",
      "--use",
      "abort=",
    ],
    {
      readFile: (name, base) => {
        const f = path.resolve(home, base, name);
        return fs.existsSync(f) ? fs.readFileSync(f, "utf8") : null;
      },
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm")) binary = contents;
      },
      listFiles: () => [],
      stderr: {
        write: (s) => {
          stderr += s;
        },
      },
      stdout: { write: () => {} },
    },
  );
  return { ...result, binary, stderr };
}

function sectionIds(bytes) {
  const ids = [];
  for (let at = 8; at < bytes.length; ) {
    ids.push(bytes[at++]);
    let size = 0,
      shift = 0,
      byte;
    do {
      byte = bytes[at++];
      size |= (byte & 127) << shift;
      shift += 7;
    } while (byte & 128);
    at += size;
  }
  return ids;
}

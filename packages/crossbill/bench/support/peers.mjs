// Vowpal Wabbit and LIBLINEAR on the rows of the bench log, where they are installed: the same columns, texts hashed by each for itself or into 2^17 a column.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";

const BUCKETS = 2 ** 17;

function isInstalled(command) {
  return spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
}

/** Wall and processor seconds of a command. */
function timed(command) {
  const { stderr, status } = spawnSync("bash", ["-c", `TIMEFORMAT='%R %U %S'; time ${command} > /dev/null 2>&1`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  const [wall, user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
  return { wall, cpu: user + system };
}

/** FNV-1a of a text. */
function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** Writes rows as Vowpal Wabbit text or libsvm; numbers are sign(x) log(1 + |x|). */
async function convert(from, to, kind, rowOf) {
  const out = fs.createWriteStream(to);
  let first = true;
  for await (const line of readline.createInterface({ input: fs.createReadStream(from), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (first) first = false;
    else if (!out.write(rowOf(line.split(","), kind))) await new Promise((resolve) => out.once("drain", resolve));
  }
  await new Promise((resolve) => out.end(resolve));
}

function rowOf(cells, kind) {
  const vw = kind === "vw";
  const parts = [];
  for (let i = 0; i < 13; i++) {
    const cell = cells[1 + i];
    const x = Number(cell);
    if (cell === "") parts.push(vw ? `i${i}n` : `${2 * i + 2}:1`);
    else parts.push(`${vw ? `i${i}` : 2 * i + 1}:${(Math.sign(x) * Math.log1p(Math.abs(x))).toPrecision(6)}`);
  }
  for (let c = 0; c < 26; c++) {
    const cell = cells[14 + c];
    if (cell !== "") parts.push(vw ? `c${c}=${cell}` : `${27 + c * BUCKETS + (hash(cell) % BUCKETS)}:1`);
  }
  return vw ? `${cells[0] === "1" ? 1 : -1} | ${parts.join(" ")}\n` : `${cells[0] === "1" ? 1 : -1} ${parts.join(" ")}\n`;
}

/** Prints what training took with every peer that is there. `train`: the CSV of the training rows. */
export async function peers(train, rows, folder, print) {
  if (isInstalled("vw")) {
    const text = path.join(folder, "train.vw");
    await convert(train, text, "vw", rowOf);
    const options = "--loss_function logistic -b 22 --ftrl --ftrl_alpha 0.1 --ftrl_beta 1 --l1 1 --quiet";
    print("Vowpal Wabbit FTRL, 1 pass, its own text", rows, timed(`vw -d ${text} ${options} -f ${folder}/vw.model`));
    timed(`vw -d ${text} -b 22 --quiet --noop --cache_file ${folder}/vw.cache -k`);
    print("Vowpal Wabbit FTRL, 1 pass, its cache", rows, timed(`vw -d ${text} ${options} --cache_file ${folder}/vw.cache -f ${folder}/vw.model`));
  } else console.log("Vowpal Wabbit: vw is not installed");
  if (isInstalled("liblinear-train")) {
    const text = path.join(folder, "train.svm");
    await convert(train, text, "svm", rowOf);
    print("LIBLINEAR -s 6 (L1) C 0.3, its own text", rows, timed(`liblinear-train -s 6 -B 1 -c 0.3 -q ${text} ${folder}/ll.model`));
  } else console.log("LIBLINEAR: liblinear-train is not installed");
}

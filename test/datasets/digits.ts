import fs from "node:fs";
import { gunzipSync } from "node:zlib";

/** IDX files of images and labels (gzip), as they are published, as libsvm text: of every image the pixels that are not 0, numbered from 0, over 255. */
export function digitsAsLibsvm(images: string, labels: string): string {
  const [pixels, classes] = [gunzipSync(fs.readFileSync(images)), gunzipSync(fs.readFileSync(labels))];
  const [rows, size] = [pixels.readUInt32BE(4), pixels.readUInt32BE(8) * pixels.readUInt32BE(12)];
  if (pixels.readUInt32BE(0) !== 0x803 || classes.readUInt32BE(0) !== 0x801 || classes.readUInt32BE(4) !== rows)
    throw new Error(`${images}: no IDX file of images with labels`);
  const lines = Array.from({ length: rows }, (_, row) => {
    const image = pixels.subarray(16 + row * size, 16 + (row + 1) * size);
    const lit = Array.from(image.entries()).filter(([, value]) => value > 0);
    return `${classes[8 + row]} ${lit.map(([pixel, value]) => `${pixel}:${value / 255}`).join(" ")}`;
  });
  return `${lines.join("\n")}\n`;
}

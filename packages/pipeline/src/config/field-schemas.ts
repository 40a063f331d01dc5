import * as z from "zod";

// What fields of several sections hold.
export const text = z.string().min(1);
export const texts = z.union([z.string(), z.array(z.string()).min(1)]);
export const paths = z.union([text, z.array(text).min(1)]);
export const share = z.number().min(0).max(0.9);
export const count = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);
export const whole = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
export const count64 = z.int().min(1);
export const positive = z.number().positive();
export const nonNegative = z.number().nonnegative();
export const unit = z.number().min(0).max(1);

/** Bytes: a number, or a text as "512m", "20g". */
export const size = z.union([count64, z.string().regex(/^\d+(\.\d+)?[kmgt]?$/i, "a number of bytes, or a text like 512m or 20g")]);

// A process that misbehaves as its request's path says; see table-child.test.ts.
process.once("message", ({ path }: { path: string }) => {
  process.send?.({ kind: "beat" });
  if (path === "hang") for (;;);
  if (path === "sleep") setInterval(() => undefined, 1000);
  if (path === "fill") {
    const kept: Uint8Array[] = [];
    for (;;) kept.push(new Uint8Array(2 ** 22).fill(1));
  }
  if (path === "heap") {
    const kept: unknown[] = [];
    for (;;) kept.push({ some: kept.length, text: `x${kept.length}` });
  }
  if (path === "abort") process.abort();
  if (path === "silent") process.disconnect();
});

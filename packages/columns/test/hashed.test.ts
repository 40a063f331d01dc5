import test from "ava";
import { finishFit, RowEncoder } from "../dist/index.js";
import { encodeRows, reset } from "./support.js";

test("a hashed column without salt has the buckets of TensorFlow's to_hash_bucket_fast, plus 1", (t) => {
  reset();
  const specs = [{ name: "word", hashed: { field: "word", buckets: 3 } }];
  const state = finishFit(specs, { rows: 0, columns: [] });
  const rows = ["Hello", "TensorFlow", "2.x"].map((word) => ({ word }));
  t.deepEqual([...encodeRows(specs, ["word"], rows, state).ids.get("word")!], [1, 3, 3]);
  const encoder = new RowEncoder(specs, state, []);
  t.deepEqual(
    rows.map((row) => encoder.encodeRow(row).ids.get("word")),
    [1, 3, 3],
  );
});

// Tables that several columns share: gradients of a row that come from several columns of a block are summed before its one update.

/**
 * For each i in [0, n) whose row ids[i] - first is in [rowFrom, rowTo): if no column before had the row, places[row] (u32, 0 before the first column) becomes the address of gradients[i] f32[V]; else gradients[i]
 * is added to the vector there and becomes 0, which no update acts on. Called once for each column of the table, in one order; threads take ranges of rows.
 */
export function table_share(places: usize, rowFrom: u32, rowTo: u32, n: u32, ids: usize, first: u32, V: u32, gradients: usize): void {
  const size = <usize>V << 2;
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = load<u32>(ids + (i << 2)) - first;
    if (row < rowFrom || row >= rowTo) continue;
    const place = places + (<usize>row << 2);
    const from = gradients + i * size;
    const sum = <usize>load<u32>(place);
    if (sum == 0) {
      store<u32>(place, <u32>from);
      continue;
    }
    for (let e: usize = 0; e < size; e += 4) {
      store<f32>(sum + e, load<f32>(sum + e) + load<f32>(from + e));
      store<f32>(from + e, 0);
    }
  }
}

/** places[row] = 0 again for the rows of ids[0 .. n) in [rowFrom, rowTo). */
export function table_unshare(places: usize, rowFrom: u32, rowTo: u32, n: u32, ids: usize, first: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = load<u32>(ids + (i << 2)) - first;
    if (row >= rowFrom && row < rowTo) store<u32>(places + (<usize>row << 2), 0);
  }
}

// A picture of a model of the plane: what it predicts of a grid of cells, under some of the points. Equal neighbours of a row are one rectangle.
const CELLS = 40;
const SIZE = 240;
const REACH = 6;
/** From surely 0 to surely 1. */
const SHADES = ["#e8871e", "#f0ab62", "#f6cba1", "#fae6d2", "#f4f4f2", "#d9e6f2", "#aecbe6", "#74a5d3", "#3b7cbc"];

const place = (x) => Math.round(((x + REACH) / (2 * REACH)) * SIZE * 10) / 10;

/** An SVG of `predict({ x, y })` over [-6, 6]^2, y upwards, on its own light ground. */
export function surface(predict, points, title) {
  const cell = SIZE / CELLS;
  const parts = [];
  for (let row = 0; row < CELLS; row++) {
    const y = REACH - ((row + 0.5) * 2 * REACH) / CELLS;
    let from = 0;
    const shades = Array.from({ length: CELLS }, (_, i) => {
      const p = predict({ x: ((i + 0.5) * 2 * REACH) / CELLS - REACH, y });
      return SHADES[Math.min(SHADES.length - 1, Math.floor(p * SHADES.length))];
    });
    for (let i = 1; i <= CELLS; i++) {
      if (i < CELLS && shades[i] === shades[from]) continue;
      parts.push(`<path fill="${shades[from]}" d="M${from * cell} ${row * cell}h${(i - from) * cell}v${cell}h${(from - i) * cell}z"/>`);
      from = i;
    }
  }
  const dots = points.map(
    ({ x, y, label }) => `<circle cx="${place(x)}" cy="${Math.round((SIZE - place(y)) * 10) / 10}" r="2.2" fill="${label === 1 ? "#12406e" : "#8a4300"}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}" width="${SIZE}" height="${SIZE}" shape-rendering="crispEdges" role="img"><title>${title}</title><rect width="${SIZE}" height="${SIZE}" fill="#fff"/>${parts.join("")}<g shape-rendering="auto" stroke="#fff" stroke-width="0.6">${dots.join("")}</g></svg>\n`;
}

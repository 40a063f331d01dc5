import { csvText } from "@crossbill/messages";

/** A cell as text: numbers in full, names whole. */
function text(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return node.nodeValue ?? "";
  if (!(node instanceof HTMLElement)) return "";
  if (node instanceof HTMLDataElement) return node.value;
  if (node.localName === "bdi" && node.title !== "") return node.title;
  const inner = [...node.childNodes].map(text).join("");
  return node.classList.contains("sub") ? ` ${inner}` : inner;
}

/** Rows of a table; a cell over several columns is followed by empty ones. */
function rows(table: HTMLTableElement): string[][] {
  return [...table.rows].map((row) => [...row.cells].flatMap((cell) => [text(cell), ...new Array<string>(cell.colSpan - 1).fill("")]));
}

function save(name: string, content: string): void {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(new Blob([content], { type: "text/csv" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A button beside every table that saves it as CSV. */
export function offerTables(): void {
  for (const box of document.querySelectorAll<HTMLElement>("[data-table]")) {
    const table = box.querySelector("table");
    if (table === null) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "csv";
    button.textContent = "CSV";
    button.setAttribute("aria-label", `Save as CSV: ${box.querySelector("[aria-label]")?.getAttribute("aria-label") ?? "table"}`);
    button.addEventListener("click", () => save(`${box.dataset["table"] ?? "table"}.csv`, csvText(rows(table))));
    box.append(button);
  }
}

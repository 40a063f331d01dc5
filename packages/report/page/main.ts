import { openForPrinting } from "./printing.js";
import { offerTables } from "./tables.js";
import { liveThreshold } from "./threshold.js";

/* The page's own script. It only adds: everything it changes is there, and readable, without it. `npm run codegen` bundles it into src/gen. */

document.documentElement.classList.add("js");
liveThreshold();
offerTables();
openForPrinting();

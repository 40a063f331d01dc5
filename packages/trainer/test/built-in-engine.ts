// The built-in engine as if it were another package's: what the tests hand over.
import { type DenseEngineModule, wasmEngine } from "@crossbill/models";

export const loadEngine: DenseEngineModule["loadEngine"] = async ({ name, from }) => ({ ...wasmEngine(), description: `built in as ${name}, from ${from}` });

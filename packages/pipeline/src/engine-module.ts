// What the thread that trains imports where a configuration asks for another engine of layers than the built-in one.
export { loadEngine } from "@crossbill/engine-tfjs";

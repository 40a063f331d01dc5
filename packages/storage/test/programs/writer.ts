// node writer.js <file> <text>
import { atomicWrite } from "@crossbill/storage";

await atomicWrite(process.argv[2] as string, process.argv[3] as string);

// node holder.js <folder> [extra words]: takes the lock, says so, and holds it until it is killed.
import { acquireLock } from "@crossbill/storage";

await acquireLock(process.argv[2] as string, "run");
process.stdout.write("held\n");
setInterval(() => undefined, 1000);

#!/usr/bin/env node
import { main } from "../dist/bundle/crossbill-cli-main.js";

await main(process.argv);

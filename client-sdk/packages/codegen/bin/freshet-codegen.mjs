#!/usr/bin/env node
import { main } from "../dist/esm/cli.js";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => interrupted.abort());
}
const output = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
};
process.exitCode = await main(process.argv.slice(2), output, { signal: interrupted.signal });

#!/usr/bin/env node
/** `npx prisma-resilient`. */
import { main } from './main';
import { processIo } from './io';

void main(process.argv.slice(2), processIo()).then((code) => {
  // Not process.exit(): a pipe may not have taken all of the output yet.
  process.exitCode = code;
});

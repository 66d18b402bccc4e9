#!/usr/bin/env node
/** `npx prisma-resilient`. */
import { main } from './main';
import { processIo } from './io';

/** Resolves once what was written is with whoever reads it. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

void main(process.argv.slice(2), processIo()).then(async (code) => {
  process.exitCode = code;
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // A look-up of a name, for one, can't be taken back, and would keep the process.
  process.exit(code);
});

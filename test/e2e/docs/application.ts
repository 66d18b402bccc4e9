/** A folder in which code blocks of the documents find what a reader's application would have installed. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { kRoot } from './blocks';

/** Where each package of the documents is; the rest of the project's own node_modules is there as it is. */
const kPackages: Readonly<Record<string, string>> = {
  'prisma-resilient-client': '.',
  '@prisma/client': 'test/.generated/client-7',
};
const kInstalled = [
  '@prisma/adapter-pg',
  '@keyv/redis',
  '@nestjs',
  '@opentelemetry/api',
  '@types',
  'express',
  'fastify',
  'keyv',
  'pg',
  'prom-client',
  'reflect-metadata',
];

export interface Application {
  readonly folder: string;
  dispose(): void;
}

export function newApplication(): Application {
  const parent = join(kRoot, 'build');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'docs-'));
  const link = (name: string, target: string): void => {
    const path = join(folder, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(kRoot, target), path, 'dir');
  };
  for (const [name, target] of Object.entries(kPackages)) link(name, target);
  for (const name of kInstalled) link(name, join('node_modules', name));
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

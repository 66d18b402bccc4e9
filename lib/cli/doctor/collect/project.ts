/** The project in a folder: what is installed, and what its files say. */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

import { readPrismaFiles } from '../../project/prisma-files';
import type { Deadline } from '../deadline';
import type { ProjectFacts } from '../facts';
import { addons } from './addons';
import { declaredIn, findPackage, findPg, kAdapters } from './packages';
import { readSourceText } from './source-text';

export function collectProject(project: string, deadline: Deadline): ProjectFacts {
  const version = (name: string): string | undefined => findPackage(project, name)?.version;
  const declared = declaredIn(project);
  return {
    node: process.versions.node,
    cpus: cpus().length,
    hasPackageJson: existsSync(join(project, 'package.json')),
    prisma: version('prisma'),
    client: version('@prisma/client'),
    adapters: kAdapters.flatMap((name) => {
      const found = version(name);
      return found === undefined ? [] : [{ name, version: found }];
    }),
    declaredAdapters: kAdapters.filter((name) => declared.has(name)),
    pg: findPg(project)?.version,
    files: readPrismaFiles(project),
    ...readSourceText(project, () => deadline.isOver),
    addon: addons(),
  };
}

/** Which database a project means, found without running any of its code. */
import { join } from 'node:path';

import { parseEnvFile } from './env-file';
import type { UrlSource } from './prisma-files';
import { readText } from './read-file';

export interface FoundUrl {
  readonly url: string;
  /** For people: where it was found. */
  readonly source: string;
}

const kEnvFiles = ['.env', 'prisma/.env'];

/** `given`, else the variable's value in the environment, else in .env, else what the datasource says itself. */
export function findDatabaseUrl(options: {
  readonly project: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly given?: string | undefined;
  readonly datasource?: UrlSource | undefined;
  /** Default: the datasource's, else DATABASE_URL. */
  readonly variable?: string | undefined;
}): FoundUrl | undefined {
  const { project, env, given, datasource } = options;
  if (given !== undefined) return { url: given, source: '--url' };
  const named = datasource && 'env' in datasource ? datasource.env : undefined;
  const variable = options.variable ?? named ?? 'DATABASE_URL';
  const exported = env[variable];
  if (exported) return { url: exported, source: `the environment's ${variable}` };
  for (const file of kEnvFiles) {
    const value = parseEnvFile(readText(join(project, file)) ?? '', env)[variable];
    if (value) return { url: value, source: `${variable} in ${file}` };
  }
  if (options.variable === undefined && datasource && 'literal' in datasource && datasource.literal !== '') {
    return { url: datasource.literal, source: 'the datasource block' };
  }
  return undefined;
}

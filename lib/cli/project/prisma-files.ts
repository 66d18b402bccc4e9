/** The Prisma schema and prisma.config.ts of a project, read as text: nothing of the project is executed. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';

import { withoutComments } from './code-text';
import { namesIn, readText } from './read-file';

/** Where the datasource has its URL from. */
export type UrlSource = { readonly env: string } | { readonly literal: string };

export interface PrismaFiles {
  /** Relative to the project. */
  readonly schema: string | undefined;
  readonly config: string | undefined;
  /** The datasource's, as written: postgresql, mysql, sqlite, … */
  readonly provider: string | undefined;
  readonly url: UrlSource | undefined;
  readonly generator:
    { readonly engineType: string | undefined; readonly previewFeatures: readonly string[] } | undefined;
}

/** Of a schema's files together. */
const kMostText = 8 * 1024 * 1024;
const kConfigs = ['prisma.config', '.config/prisma'].flatMap((base) =>
  ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((extension) => `${base}.${extension}`),
);

export function readPrismaFiles(project: string): PrismaFiles {
  const config = kConfigs.find((name) => existsSync(join(project, name)));
  const configText = config === undefined ? '' : withoutComments(readText(join(project, config)) ?? '');
  const schema = schemaPath(project, configText);
  const schemaText = schema === undefined ? '' : withoutComments(schemaSource(schema));
  const datasource = block(schemaText, 'datasource');
  const generators = [...schemaText.matchAll(/\bgenerator\s+\w+\s*\{([^{}]*)\}/g)].map(([, body = '']) => body);
  const generator = generators.find((body) => /provider\s*=\s*"prisma-client/.test(body));
  return {
    schema: schema === undefined ? undefined : relative(project, schema),
    config,
    provider: quoted(datasource, 'provider'),
    // Prisma 7 has it in the config, earlier ones in the schema.
    url: configUrl(configText) ?? schemaUrl(datasource),
    generator:
      generator === undefined
        ? undefined
        : {
            engineType: quoted(generator, 'engineType'),
            previewFeatures: [
              ...(/previewFeatures\s*=\s*\[([^\]]*)\]/.exec(generator)?.[1] ?? '').matchAll(/"(\w+)"/g),
            ].map(([, name = '']) => name),
          },
  };
}

function schemaPath(project: string, configText: string): string | undefined {
  const named = [
    /\bschema\s*:\s*(?:[\w.]+\(\s*)*["'`]([^"'`]+)["'`]/.exec(configText)?.[1],
    packageJsonSchema(project),
  ];
  const usual = ['prisma/schema.prisma', 'schema.prisma', 'prisma/schema'];
  return [...named, ...usual]
    .filter((each): each is string => each !== undefined)
    .map((each) => join(project, each))
    .find((each) => existsSync(each));
}

function packageJsonSchema(project: string): string | undefined {
  try {
    const { prisma } = JSON.parse(readText(join(project, 'package.json')) ?? '') as {
      prisma?: { schema?: unknown };
    };
    return typeof prisma?.schema === 'string' ? prisma.schema : undefined;
  } catch {
    return undefined;
  }
}

/** A folder is a schema of several files. */
function schemaSource(path: string): string {
  const names = namesIn(path);
  if (!names) return readText(path) ?? '';
  const texts: string[] = [];
  let left = kMostText;
  for (const name of names) {
    if (!name.endsWith('.prisma')) continue;
    const text = readText(join(path, name)) ?? '';
    left -= text.length;
    if (left < 0) break;
    texts.push(text);
  }
  return texts.join('\n');
}

function block(text: string, kind: string): string {
  return new RegExp(`\\b${kind}\\s+\\w+\\s*\\{([^{}]*)\\}`).exec(text)?.[1] ?? '';
}

function quoted(text: string, name: string): string | undefined {
  return new RegExp(`\\b${name}\\s*=\\s*"([^"]*)"`).exec(text)?.[1];
}

function schemaUrl(datasource: string): UrlSource | undefined {
  const [, env, literal] = /(?:^|\s)url\s*=\s*(?:env\(\s*"([^"]+)"\s*\)|"([^"]*)")/.exec(datasource) ?? [];
  if (env !== undefined) return { env };
  return literal === undefined ? undefined : { literal };
}

function configUrl(text: string): UrlSource | undefined {
  const inside = /\bdatasource\s*:\s*\{([^]*)/.exec(text)?.[1] ?? '';
  const [, called, accessed, indexed, literal] =
    /\burl\s*:\s*(?:env(?:<[^<>]*>)?\(\s*["'`]([^"'`]+)["'`]|process\.env\.(\w+)|process\.env\[["'`](\w+)["'`]\]|["'`]([^"'`]+)["'`])/.exec(
      inside,
    ) ?? [];
  const env = called ?? accessed ?? indexed;
  if (env !== undefined) return { env };
  return literal === undefined ? undefined : { literal };
}

import { ConfigError } from '../errors';

const kIdentifier = /^(?:[A-Za-z_][\w$]*|"(?:[^"\0]|"")+")$/;

/** With or without a schema; each part is plain or in double quotes. */
export function isTableName(name: string): boolean {
  const parts = partsOf(name);
  return (
    parts.join('.') === name &&
    (parts.length === 1 || parts.length === 2) &&
    parts.every((part) => kIdentifier.test(part))
  );
}

/** Throws a ConfigError for what `isTableName` refuses. */
export function checkTableName(key: string, name: string): string {
  if (!isTableName(name)) throw new ConfigError([`${key}: ${JSON.stringify(name)} is not a table's name`]);
  return name;
}

/** As MySQL and MariaDB quote names. */
export function backquoted(name: string): string {
  return partsOf(name)
    .map((part) => (part.startsWith('"') ? part.slice(1, -1).replace(/""/g, '"') : part))
    .map((part) => `\`${part.replace(/`/g, '``')}\``)
    .join('.');
}

/** undefined: none is named. */
export function schemaOf(name: string): string | undefined {
  const [schema, table] = partsOf(name);
  return schema !== undefined && table !== undefined ? bareName(schema) : undefined;
}

/** The name itself, without its schema and its quotes. */
export function bareName(name: string): string {
  const last = partsOf(name).pop() ?? name;
  return last.startsWith('"') ? last.slice(1, -1).replace(/""/g, '"') : last;
}

function partsOf(name: string): string[] {
  return name.match(/"(?:[^"\0]|"")*"|[^."]+/g) ?? [];
}

/** A .env file, read as dotenv and Prisma read it: quotes, comments, `export`, lines within quotes, `${NAME}`. */

/** Of one value, in characters: names that stand for names that stand for names grow without bound. */
const kLongestValue = 64 * 1024;
const kEntry = /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*("(?:\\[^]|[^"\\])*"|'[^']*'|`[^`]*`|[^\r\n]*)/gm;

/** Names and values; `outer` is the environment that `${NAME}` may mean too. */
export function parseEnvFile(
  text: string,
  outer: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [, name, raw] of text.matchAll(kEntry)) {
    if (name === undefined || raw === undefined) continue;
    values[name] = valueOf(raw, (asked) => outer[asked] ?? values[asked] ?? '');
  }
  return values;
}

function valueOf(raw: string, lookUp: (name: string) => string): string {
  const quote = raw[0];
  const isQuoted = raw.length > 1 && (quote === '"' || quote === "'" || quote === '`') && raw.endsWith(quote);
  if (isQuoted && quote === "'") return raw.slice(1, -1);
  const inner = isQuoted ? raw.slice(1, -1) : raw.replace(/(^|\s)#.*$/, '').trim();
  const unescaped =
    quote === '"' && isQuoted
      ? inner.replace(/\\([nrt"\\])/g, (_all, escaped: string) => ({ n: '\n', r: '\r', t: '\t' })[escaped] ?? escaped)
      : inner;
  let left = kLongestValue - unescaped.length;
  return unescaped.replace(/\$\{([\w.-]+)\}/g, (_all, asked: string) => {
    const meant = lookUp(asked);
    left -= meant.length;
    return left < 0 ? '' : meant;
  });
}

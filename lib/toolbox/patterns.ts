/** Finds texts and patterns in an error and its causes. */

export type ErrorPattern = string | RegExp;

const kDeepest = 8;

/** Never throws, whatever was thrown. */
export function matchesAny(error: unknown, patterns: readonly ErrorPattern[]): boolean {
  const texts = textsOf(error);
  return patterns.some((pattern) => texts.some((text) => matches(text, pattern)));
}

function matches(text: string, pattern: ErrorPattern): boolean {
  if (typeof pattern === 'string') return pattern !== '' && text.includes(pattern);
  if (!(pattern instanceof RegExp)) return false;
  pattern.lastIndex = 0; // a global or sticky one would remember where it stopped last time
  return pattern.test(text);
}

/** Code, name and message of the error and of its causes. */
function textsOf(error: unknown): string[] {
  const texts: string[] = [];
  let current = error;
  for (let depth = 0; depth < kDeepest && current !== undefined && current !== null; ++depth) {
    if (typeof current !== 'object') {
      texts.push(String(current));
      break;
    }
    for (const key of ['code', 'errorCode', 'name', 'message']) {
      const value = read(current, key);
      if (typeof value === 'string' || typeof value === 'number') texts.push(String(value));
    }
    current = read(current, 'cause');
  }
  return texts;
}

function read(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

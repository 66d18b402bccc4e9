/**
 * Code of JavaScript, TypeScript and Prisma's schema, read as text: where its comments and strings are. One pass,
 * whatever the text; a quote that nothing closes ends with its line.
 */

interface CodeText {
  /** Without comments; everything else stays where it is. */
  readonly text: string;
  /** Where strings begin and end, in pairs, in rising order. */
  readonly strings: readonly number[];
}

export function readCode(source: string): CodeText {
  const pieces: string[] = [];
  const strings: number[] = [];
  let kept = 0;
  let at = 0;
  const blank = (end: number): void => {
    pieces.push(source.slice(kept, at), source.slice(at, end).replace(/[^\n]/g, ' '));
    kept = at = end;
  };
  while (at < source.length) {
    const sign = source[at];
    if (sign === '/' && source[at + 1] === '*') {
      const end = source.indexOf('*/', at + 2);
      blank(end < 0 ? source.length : end + 2);
    } else if (sign === '/' && source[at + 1] === '/') {
      const end = source.indexOf('\n', at);
      blank(end < 0 ? source.length : end);
    } else if (sign === '"' || sign === "'" || sign === '`') {
      const end = endOfString(source, at);
      strings.push(at, end);
      at = end;
    } else {
      at += 1;
    }
  }
  pieces.push(source.slice(kept));
  return { text: pieces.join(''), strings };
}

export function withoutComments(source: string): string {
  return readCode(source).text;
}

/** Behind its closing quote. */
function endOfString(source: string, open: number): number {
  const quote = source[open];
  for (let at = open + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === quote) return at + 1;
    else if (source[at] === '\n' && quote !== '`') return at;
  }
  return source.length;
}

/** For each of `opens` (positions of opening brackets, rising) that of the bracket that closes it; -1 where none does. */
export function closingsOf({ text, strings }: CodeText, opens: readonly number[]): number[] {
  const closings = opens.map(() => -1);
  /** Of the brackets that are open, their place in `opens`; -1 for all others. */
  const stack: number[] = [];
  let nextString = 0;
  let nextOpen = 0;
  for (let at = opens[0] ?? text.length; at < text.length; at += 1) {
    while (nextString < strings.length && (strings[nextString + 1] as number) <= at) nextString += 2;
    if (at >= (strings[nextString] ?? Infinity)) {
      at = (strings[nextString + 1] as number) - 1;
      continue;
    }
    const sign = text[at] as string;
    if ('([{'.includes(sign)) stack.push(opens[nextOpen] === at ? nextOpen++ : -1);
    else if (')]}'.includes(sign)) {
      const open = stack.pop() ?? -1;
      if (open >= 0) closings[open] = at;
    }
  }
  return closings;
}

/** Those of `positions` (rising) that are in no string. */
export function inCode({ strings }: CodeText, positions: readonly number[]): number[] {
  let next = 0;
  return positions.filter((at) => {
    while (next < strings.length && (strings[next + 1] as number) <= at) next += 2;
    return at < (strings[next] ?? Infinity);
  });
}

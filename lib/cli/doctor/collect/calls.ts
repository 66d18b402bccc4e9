/** Calls in a source, read as text: where they are, and what they are given. */
import { closingsOf, inCode, type readCode } from '../../project/code-text';

interface Call {
  readonly start: number;
  /** The closing bracket's place; the text's end where nothing closes it. */
  readonly end: number;
  /** What stands between its brackets; to the end of the text where nothing closes it. */
  readonly given: string;
}

/** In one file. */
const kMostCalls = 100;

/** Of those that `pattern` (global, its last sign the opening bracket) finds, the first that no comment and no string holds. */
export function callsIn(code: ReturnType<typeof readCode>, pattern: RegExp): Call[] {
  const ends = new Map(
    [...code.text.matchAll(pattern)].map(({ index = 0, 0: text }) => [index, index + text.length] as const),
  );
  const starts = inCode(code, [...ends.keys()]).slice(0, kMostCalls);
  const opens = starts.map((start) => (ends.get(start) as number) - 1);
  const closings = closingsOf(code, opens);
  return starts.map((start, index) => {
    const closing = closings[index] as number;
    const end = closing < 0 ? code.text.length : closing;
    return { start, end, given: code.text.slice((opens[index] as number) + 1, end) };
  });
}

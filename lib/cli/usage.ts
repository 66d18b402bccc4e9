/** Arguments of a command, and what is said where they are wrong. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The command cannot run as it was asked to: the message says why and what to write instead. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;
type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** Throws UsageError for an unknown option, a missing value or a stray word. */
export function readArguments(args: readonly string[], options: Options): Values {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // parseArgs quotes what was typed, and a stray word may be a URL with its password.
    const code = (error as { code?: string }).code ?? '';
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(code.endsWith('UNEXPECTED_POSITIONAL') ? 'an argument too many' : firstSentence(message));
  }
}

function firstSentence(message: string): string {
  return message.split(/\.\s/, 1)[0] ?? message;
}

export function text(values: Values, name: string): string | undefined {
  const value = values[name];
  if (value === '') throw new UsageError(`--${name} is empty`);
  return typeof value === 'string' ? value : undefined;
}

export function flag(values: Values, name: string): boolean {
  return values[name] === true;
}

/** A whole number within the range; undefined where the option was not given. */
export function wholeNumber(values: Values, name: string, least: number, most: number): number | undefined {
  const given = text(values, name);
  if (given === undefined) return undefined;
  const number = /^\d+$/.test(given) ? Number(given) : NaN;
  if (!(number >= least && number <= most)) {
    throw new UsageError(`--${name} is to be a whole number from ${least} to ${most}`);
  }
  return number;
}

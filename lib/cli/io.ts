/** What a command has of its surroundings; tests hand in their own. */

/** Meanings of the exit codes, the same for all commands. */
export const kExit = { ok: 0, warnings: 1, notRecovered: 1, problems: 2, couldNotRun: 3 } as const;

export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard output takes colours. */
  readonly colour: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  out(text: string): void;
  err(text: string): void;
}

const kWidthOfAPipe = 100;

export function processIo(): Io {
  const { stdout, stderr, env } = process;
  return {
    cwd: process.cwd(),
    env,
    colour: takesColour(stdout.isTTY === true, env),
    width: stdout.columns ?? kWidthOfAPipe,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
  };
}

/** By the conventions of no-color.org and FORCE_COLOR. */
export function takesColour(isTerminal: boolean, env: Io['env']): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
}

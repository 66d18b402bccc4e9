/** Which command, and what its failure means for the exit code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { build, kBuildHelp } from './from-source/command';
import { type Io, kExit } from './io';
import { kPackageRoot } from './package-root';
import { Secrets } from './secrets';
import { UsageError } from './usage';

interface Command {
  readonly help: string;
  /** Resolves with the exit code. */
  run(args: readonly string[], io: Io, secrets: Secrets): Promise<number>;
}

const kNames = ['doctor', 'drill', 'build', 'marks'] as const;

/** `build` is for those for whom nothing else of the package loads. */
function commandOf(name: (typeof kNames)[number]): Command {
  if (name === 'build') return { help: kBuildHelp, run: build };
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require('./commands') as typeof import('./commands')).kCommands[name];
}

const kHelp = `Usage: prisma-resilient <command> [options]

  doctor   looks at the project and its database, and says what will hurt and why
  drill    runs your own load through a list of network faults, and says whether it recovered
  build    compiles the addons for this machine, where none that came with the package can be loaded
  marks    prints the migration of the marker table, and says whether the database has it

prisma-resilient <command> --help tells more.
`;

/** Resolves with the exit code; never rejects. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const secrets = new Secrets();
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h') {
    io.out(kHelp);
    return name === undefined ? kExit.couldNotRun : kExit.ok;
  }
  if (name === '--version' || name === '-v') {
    io.out(`${ownVersion()}\n`);
    return kExit.ok;
  }
  const known = kNames.find((each) => each === name);
  if (!known) {
    io.err(`prisma-resilient: there is no such command; there are: ${kNames.join(', ')}\n`);
    return kExit.couldNotRun;
  }
  // What comes after `--` is another command's.
  const own = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  try {
    const command = commandOf(known);
    if (!own.includes('--help') && !own.includes('-h')) return await command.run(rest, io, secrets);
    io.out(command.help);
    return kExit.ok;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    io.err(`prisma-resilient ${name}: ${secrets.hide(error instanceof UsageError ? message : `failed: ${message}`)}\n`);
    return kExit.couldNotRun;
  }
}

function ownVersion(): string {
  const file = join(kPackageRoot, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

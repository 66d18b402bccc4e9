/** Which command, and what its failure means for the exit code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { build, kBuildHelp } from './from-source/command';
import { doctor, kDoctorHelp } from './doctor/command';
import { drill, kDrillHelp } from './drill/command';
import { type Io, kExit } from './io';
import { kMarksHelp, marks } from './marks/command';
import { Secrets } from './secrets';
import { UsageError } from './usage';

interface Command {
  readonly help: string;
  /** Resolves with the exit code. */
  run(args: readonly string[], io: Io, secrets: Secrets): Promise<number>;
}

const kCommands: Readonly<Record<string, Command>> = {
  doctor: { help: kDoctorHelp, run: doctor },
  drill: { help: kDrillHelp, run: drill },
  build: { help: kBuildHelp, run: build },
  marks: { help: kMarksHelp, run: marks },
};

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
  const command = Object.prototype.hasOwnProperty.call(kCommands, name) ? kCommands[name] : undefined;
  if (!command) {
    io.err(`prisma-resilient: there is no such command; there are: ${Object.keys(kCommands).join(', ')}\n`);
    return kExit.couldNotRun;
  }
  // What comes after `--` is another command's.
  const own = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (own.includes('--help') || own.includes('-h')) {
    io.out(command.help);
    return kExit.ok;
  }
  try {
    return await command.run(rest, io, secrets);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    io.err(`prisma-resilient ${name}: ${secrets.hide(error instanceof UsageError ? message : `failed: ${message}`)}\n`);
    return kExit.couldNotRun;
  }
}

export function ownVersion(): string {
  const file = join(__dirname, '..', '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

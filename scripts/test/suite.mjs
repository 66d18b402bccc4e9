// One suite as it runs: starts its programs, and keeps what they print together where other suites run beside it.
import { spawn } from 'node:child_process';

import { root } from '../source-files.mjs';

export class Suite {
  #kept = [];

  /** `alone`: nothing runs beside it, so that what is printed can be seen at once. `only`: as `--only`. */
  constructor(name, { alone, only }) {
    this.name = name;
    this.alone = alone;
    this.only = only;
  }

  say(line) {
    if (this.alone) console.log(line);
    else this.#kept.push(`${line}\n`);
  }

  /** What was kept is printed in one piece. */
  end() {
    for (const text of this.#kept) process.stdout.write(text);
    this.#kept = [];
  }

  /** Resolves with the exit status; 1 where the program could not be started or was killed. */
  run(command, args, { env = process.env, quiet = false } = {}) {
    const stdout = quiet ? 'ignore' : this.alone ? 'inherit' : 'pipe';
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ['ignore', stdout, this.alone ? 'inherit' : 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => this.#kept.push(text));
    }
    return new Promise((resolve) => {
      child.on('error', (error) => {
        this.say(`test: ${command}: ${error.message}`);
        resolve(1);
      });
      child.on('close', (status) => resolve(status ?? 1));
    });
  }

  node(script, ...args) {
    return this.run(process.execPath, [script, ...args]);
  }
}

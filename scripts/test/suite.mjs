// One suite as it runs: starts its programs, counts the processor time they take, and keeps what they print together where
// it runs beneath others.
import { spawn } from 'node:child_process';

import { root } from '../source-files.mjs';

/** A third of what others get of a core that both want. At the lowest priority it would never end on a busy machine. */
const kNiceness = '5';
/** Runs a program, and writes to descriptor 3 what it and what it has waited for took of the processors. */
const kTimed = '"$@" 3>&-; status=$?; times >&3; exit $status';

export class Suite {
  #kept = [];
  #keeps;
  #behind;

  /**
   * `lane`: 'front' and 'alone' are seen at once, 'beside' and 'batch' print when they end; 'batch' runs at a lower
   * priority. `only`: as `--only`.
   */
  constructor(name, { lane, only, keeps = lane === 'beside' || lane === 'batch' }) {
    this.name = name;
    this.only = only;
    this.processorSeconds = 0;
    this.#keeps = keeps;
    this.#behind = lane === 'batch' ? ['nice', '-n', kNiceness] : [];
  }

  /** Runs `work` of each of its parts beside the others, and resolves with what they resolve with. */
  async beside(...works) {
    return Promise.all(
      works.map(async (work) => {
        const part = new Suite(this.name, { only: this.only, keeps: true });
        const result = await work(part);
        this.processorSeconds += part.processorSeconds;
        part.end();
        return result;
      }),
    );
  }

  say(line) {
    if (this.#keeps) this.#kept.push(`${line}\n`);
    else console.log(line);
  }

  /** What was kept is printed in one piece. */
  end() {
    for (const text of this.#kept) process.stdout.write(text);
    this.#kept = [];
  }

  /** Resolves with the exit status; 1 where the program could not be started or was killed. */
  run(command, args, { env = process.env, quiet = false } = {}) {
    const output = this.#keeps ? 'pipe' : 'inherit';
    const child = spawn('sh', ['-c', kTimed, 'sh', ...this.#behind, command, ...args], {
      cwd: root,
      env,
      stdio: ['ignore', quiet ? 'ignore' : output, output, 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => this.#kept.push(text));
    }
    let times = '';
    child.stdio[3].setEncoding('utf8').on('data', (text) => (times += text));
    return new Promise((resolve) => {
      child.on('error', (error) => {
        this.say(`test: ${command}: ${error.message}`);
        resolve(1);
      });
      child.on('close', (status) => {
        this.processorSeconds += secondsIn(times);
        resolve(status ?? 1);
      });
    });
  }

  node(script, ...args) {
    return this.run(process.execPath, [script, ...args]);
  }
}

/** Of all that the shell's `times` prints: minutes and seconds, of the user and of the system, such as 1m2.5s. */
function secondsIn(times) {
  return [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + minutes * 60 + +seconds,
    0,
  );
}

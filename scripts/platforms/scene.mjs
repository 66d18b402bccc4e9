// One application (test/platforms/app.cjs) on one runtime, through an outage of a real server.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** For one step; emulated programs are ten times as slow as they would be there. */
const kStepMs = 60_000;
const kSlowStepMs = 300_000;
const kOutageMs = 1000;

/**
 * Resolves with what the application said, by step. Rejects where a step does not come, an operation failed, or the
 * process does not end by itself.
 */
export async function playApp({ app, cluster, runtime, env = {} }) {
  const [command, ...before] = runtime.command;
  const child = spawn(command, [...before, join(app, 'app.cjs')], {
    cwd: app,
    env: { ...process.env, DATABASE_URL: cluster.url(), ...env, ...runtime.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const steps = {};
  let rest = '';
  let errors = '';
  let news = () => undefined;
  child.stdout.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines.filter((text) => text.trimStart().startsWith('{'))) {
      const { step, ...detail } = JSON.parse(line);
      steps[step] = { ...detail, at: Date.now() };
    }
    news();
  });
  child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-4000)));
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: error.message }));
    child.once('close', (code, signal) => resolve({ code: code ?? signal }));
  });
  let end;
  ended.then((how) => {
    end = how;
    news();
  });
  const limit = runtime.slow ? kSlowStepMs : kStepMs;
  const complain = (what) => new Error(`${what}: ${JSON.stringify(steps.failed ?? {})} ${errors.slice(-800)}`);
  const until = async (what, holds) => {
    const began = Date.now();
    while (!holds()) {
      if (steps.failed) throw complain(`failed instead of ${what}`);
      if (end && !holds()) throw complain(`ended with ${end.code} before ${what}`);
      if (Date.now() - began > limit) throw complain(`no ${what} within ${limit / 1000} s`);
      await Promise.race([new Promise((resolve) => (news = resolve)), sleep(500)]);
    }
  };
  try {
    await until('writing', () => steps.wrote);
    await cluster.stop('immediate');
    child.stdin.write('down\n');
    await until('waiting', () => steps.waiting);
    await sleep(kOutageMs);
    await cluster.start();
    const back = Date.now();
    await until('surviving', () => steps.survived);
    await until('its end', () => steps.done);
    child.stdin.end();
    await until('exit', () => end);
    if (end.code !== 0) throw complain(`ended with ${end.code}`);
    return { ...steps, afterReturnMs: steps.survived.at - back };
  } finally {
    child.kill('SIGKILL');
    if (!cluster.isRunning) await cluster.start();
  }
}

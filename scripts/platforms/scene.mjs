// One application (test/platforms/app.cjs) on one runtime, through an outage of a real server.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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
  const steps = {};
  let news = () => undefined;
  const stage = await openStage((step, detail) => {
    steps[step] = { ...detail, at: Date.now() };
    news();
  });
  const [command, ...before] = runtime.command;
  const said = join(app, 'said.txt');
  const output = openSync(said, 'w');
  const child = spawn(command, [...before, join(app, 'app.cjs')], {
    cwd: app,
    env: { ...process.env, DATABASE_URL: cluster.url(), STAGE_PORT: String(stage.port), ...env, ...runtime.env },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let end;
  const settle = (code) => {
    end ??= { code };
    news();
  };
  child.once('error', (error) => settle(error.message));
  child.once('close', (code, signal) => settle(code ?? signal));
  const limit = runtime.slow ? kSlowStepMs : kStepMs;
  const complain = (what) =>
    new Error(`${what}: ${JSON.stringify(steps.failed ?? {})} ${readFileSync(said, 'utf8').slice(-800)}`);
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
    stage.order('down');
    await until('waiting', () => steps.waiting);
    await sleep(kOutageMs);
    await cluster.start();
    const back = Date.now();
    await until('surviving', () => steps.survived);
    await until('its end', () => steps.done);
    await until('exit', () => end);
    if (end.code !== 0) throw complain(`ended with ${end.code}`);
    return { ...steps, afterReturnMs: steps.survived.at - back };
  } finally {
    child.kill('SIGKILL');
    stage.close();
    if (!cluster.isRunning) await cluster.start();
  }
}

/** Where the application tells its steps, and is given orders. */
async function openStage(onStep) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    createInterface({ input: socket }).on('line', (line) => {
      const { step, ...detail } = JSON.parse(line);
      onStep(step, detail);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    order: (text) => sockets.forEach((socket) => socket.write(`${text}\n`)),
    close: () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}

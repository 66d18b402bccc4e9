/**
 * Where the kit's servers live: one temporary directory per process, and a reaper that clears it away.
 *
 * Invariants: every server has its data beneath the workspace and its pid as a file in `pids/`. When the last claim
 * is released, or this process ends in any way whatsoever, the servers are stopped and the directory is removed.
 *
 * The reaper is a process of its own rather than an 'exit' listener, because a listener does not run after SIGKILL,
 * and because Jest hands its tests a copy of `process` whose events never fire.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { isRoot, unprivileged } from './unprivileged';

// Waits for the end of its input, which comes however the parent died. Frozen processes must be woken to see a signal:
// the postmaster, and its backends (which it would kill by itself after 5 s). SIGKILL comes last: it would leave
// shared memory behind.
const kReaper = `
cat > /dev/null
cd "$1"/pids || exit
alive() { for p in *; do kill -0 "$p" 2> /dev/null && return 0; done; return 1; }
wake_children() {
  for s in /proc/[0-9]*/stat; do
    read -r line < "$s" && set -- "$1" "\${s#/proc/}" \${line##*) } && [ "$4" = "$1" ] && kill -CONT "\${2%/stat}"
  done 2> /dev/null
}
for p in *; do kill -QUIT "$p"; kill -CONT "$p"; wake_children "$p"; done 2> /dev/null
n=0; while alive && [ $n -lt 400 ]; do sleep 0.02; n=$((n + 1)); done
for p in *; do kill -KILL "$p"; done 2> /dev/null
cd / && rm -rf "$1"
`;

interface Workspace {
  readonly dir: string;
  readonly reaper: ChildProcess;
  claims: number;
}

let workspace: Workspace | undefined;

// Data directories are a thousand small files: memory makes a start several times quicker than some disks do. Only
// where there is plenty of it, as a container's default of 64 MB is not enough for one server.
const kMemory = '/dev/shm';
const kPlenty = 4 * 1024 ** 3;

/** FAULT_KIT_DIR, else memory, else the temporary directory. Where fsync must cost what it costs, name a disk. */
function chooseRoot(): string {
  if (process.env.FAULT_KIT_DIR) return process.env.FAULT_KIT_DIR;
  try {
    const { bavail, bsize } = fs.statfsSync(kMemory);
    if (bavail * bsize >= kPlenty) return kMemory;
  } catch {
    // Not Linux, or not a Node that can tell.
  }
  return os.tmpdir();
}

function open(): Workspace {
  const dir = fs.mkdtempSync(path.join(chooseRoot(), 'prk-'));
  // Servers run as another user when we are root, and must be able to pass through.
  fs.chmodSync(dir, 0o755);
  fs.mkdirSync(path.join(dir, 'pids'));
  // A session of its own: an interrupt from the terminal goes to a whole process group.
  const reaper = spawn('/bin/sh', ['-c', kReaper, 'reaper', dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  reaper.unref();
  (reaper.stdin as unknown as { unref(): void }).unref();
  return { dir, reaper, claims: 0 };
}

/** Makes a directory for one server, owned by the user that servers run as. Pair with `releaseDirectory`. */
export function claimDirectory(prefix: string): string {
  workspace ??= open();
  const dir = fs.mkdtempSync(path.join(workspace.dir, `${prefix}-`));
  if (isRoot()) {
    const user = unprivileged();
    fs.chownSync(dir, user.uid, user.gid);
  }
  workspace.claims += 1;
  return dir;
}

/** Removes what `claimDirectory` made; the server in it must have ended. */
export function releaseDirectory(dir: string): void {
  fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  if (!workspace || path.dirname(dir) !== workspace.dir) return;
  workspace.claims -= 1;
  if (workspace.claims > 0) return;
  workspace.reaper.stdin?.end();
  workspace = undefined;
}

/**
 * Starts a server in its directory as an unprivileged user, with a clean environment and its output in `logFile`.
 * It never keeps this process alive; call `ref()` on the child while waiting for its end.
 */
export function spawnServer(
  command: string,
  args: readonly string[],
  options: { dir: string; logFile: string; env?: Record<string, string> },
): ChildProcess {
  const log = fs.openSync(options.logFile, 'a');
  try {
    const child = spawn(command, args, {
      cwd: options.dir,
      // PG* variables of whoever runs the tests must not leak into the server.
      env: { PATH: process.env.PATH, HOME: options.dir, LC_ALL: 'C', TZ: 'UTC', ...options.env },
      stdio: ['ignore', log, log],
      detached: true,
      ...(isRoot() ? { uid: unprivileged().uid, gid: unprivileged().gid } : {}),
    });
    child.unref();
    if (child.pid !== undefined && workspace) {
      const pidFile = path.join(workspace.dir, 'pids', String(child.pid));
      fs.writeFileSync(pidFile, '');
      // Removed at once: a pid that has ended may be given to a stranger.
      child.once('exit', () => fs.rmSync(pidFile, { force: true }));
    }
    return child;
  } finally {
    fs.closeSync(log);
  }
}

/** Resolves with true when the child has ended, with false when `timeoutMs` has passed first. */
export function waitForExit(child: ChildProcess, timeoutMs: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (ended: boolean): void => {
      clearTimeout(timer);
      child.removeListener('exit', onExit);
      child.unref();
      resolve(ended);
    };
    const onExit = (): void => settle(true);
    const timer = setTimeout(() => settle(false), timeoutMs);
    child.ref();
    child.once('exit', onExit);
  });
}

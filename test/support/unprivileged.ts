/** Who database servers run as. PostgreSQL and PgBouncer refuse to run as root, and CI containers are root. */
import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

let found: SystemUser | undefined;

/** `postgres` if it exists, else `nobody`; whoever we are when we are not root. Throws if root finds neither. */
export function unprivileged(): SystemUser {
  found ??= isRoot()
    ? lookUp(['postgres', 'nobody'])
    : { name: 'self', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return found;
}

function lookUp(names: readonly string[]): SystemUser {
  const users = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of names) {
    const user = users.find((fields) => fields[0] === name);
    if (user) return { name, uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error(`cannot run a server as root, and none of these users exists: ${names.join(', ')}`);
}

/** True where the unprivileged user may pass through every directory above `file` (a checkout under /root is not). */
export function isReachable(file: string): boolean {
  if (!isRoot()) return true;
  const user = unprivileged();
  for (let dir = path.dirname(path.resolve(file)); ; dir = path.dirname(dir)) {
    const stat = fs.statSync(dir);
    const bit = stat.uid === user.uid ? 0o100 : stat.gid === user.gid ? 0o010 : 0o001;
    if ((stat.mode & bit) === 0) return false;
    if (dir === path.dirname(dir)) return true;
  }
}

/** Runs a command as the unprivileged user; its output. Rejects with what it printed if it fails. */
export function runUnprivileged(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      {
        encoding: 'utf8',
        cwd: options.cwd ?? '/',
        env: { PATH: process.env.PATH, HOME: options.cwd ?? '/', LC_ALL: 'C', TZ: 'UTC' },
        ...(isRoot() ? { uid: unprivileged().uid, gid: unprivileged().gid } : {}),
      },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${path.basename(command)} failed:\n${stderr}${stdout}`, { cause: error }));
        else resolve(stdout);
      },
    );
    // It may have ended without reading.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** Direct children of a process, from /proc where there is one, else from ps. */
export function childrenOf(pid: number): number[] {
  const children: number[] = [];
  if (!fs.existsSync('/proc/self/stat')) {
    for (const line of execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n')) {
      const [child, parent] = line.trim().split(/\s+/).map(Number);
      if (parent === pid && child !== undefined) children.push(child);
    }
    return children;
  }
  for (const entry of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${entry}/stat`, 'utf8');
      // The second field is a name that may hold spaces and brackets.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      if (parent === pid) children.push(Number(entry));
    } catch {
      // It ended while we looked.
    }
  }
  return children;
}

/** True once a process that was sent SIGSTOP stands still, or has ended. Taken for granted where there is no /proc. */
export function isStopped(pid: number): boolean {
  if (!fs.existsSync('/proc/self/stat')) return true;
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2) === 'T';
  } catch {
    return true;
  }
}

/** True while the process table has this pid. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

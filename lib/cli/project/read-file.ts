/**
 * The files of a project that somebody else has made: a pipe that nobody writes to, a device without end and a file of
 * gigabytes keep nobody waiting. What is not an ordinary file of a usual size is as good as not there.
 */
import { closeSync, constants, fstatSync, openSync, readSync, readdirSync, statSync } from 'node:fs';

/** Of one file, in bytes; a larger one is nobody's hand-written source. */
export const kLargestFile = 512 * 1024;

/** undefined: there is none, it may not be read, or it is not an ordinary file of at most `longest` bytes. */
export function readText(path: string, longest = kLargestFile): string | undefined {
  let file: number | undefined;
  try {
    // Opening a pipe would wait for somebody who writes to it. Windows has no such flag, and no such pipes in folders.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const status = fstatSync(file);
    if (!status.isFile() || status.size > longest) return undefined;
    // It may grow meanwhile.
    const bytes = Buffer.alloc(status.size);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    return bytes.toString('utf8', 0, length);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Whether somebody else may be told to read it: a pipe, a device or gigabytes would keep them. */
export function isReadable(path: string, longest = kLargestFile): boolean {
  try {
    const status = statSync(path);
    return status.isFile() && status.size <= longest;
  } catch {
    return false;
  }
}

/** undefined where it is no folder. */
export function namesIn(path: string): readonly string[] | undefined {
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
}

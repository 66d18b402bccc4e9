/** The way of a line: the core's side filters and redacts it, the user's logger gets what passes. */
import { native, type NativeLogger } from '../native';
import type { Logger, LogLevel } from '../options';
import { onRejection } from '../rejections';

const kLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

/** Of a message in a line, in characters. */
const kLongest = 500;

export class Log {
  private readonly native: NativeLogger;
  private draining = false;

  constructor(
    level: LogLevel,
    private readonly logger: Logger = console,
  ) {
    this.native = new native.NativeLogger(kLevels.indexOf(level));
  }

  debug(text: string): void {
    this.write(1, text);
  }

  info(text: string): void {
    this.write(2, text);
  }

  warn(text: string): void {
    this.write(3, text);
  }

  error(text: string): void {
    this.write(4, text);
  }

  private write(level: number, text: string): void {
    // A logger may use the very database that it logs about: its own lines wait for the next time.
    if (!this.native.log(level, text) || this.draining) return;
    this.draining = true;
    try {
      const lines = this.native.take();
      for (let i = 0; i < lines.length; i += 2)
        this.hand(lines[i] as number, `prisma-resilient-client: ${lines[i + 1]}`);
    } finally {
      this.draining = false;
    }
  }

  private hand(level: number, line: string): void {
    try {
      onRejection(this.call(level, line), () => undefined);
    } catch {
      // A logger that throws must not take the operation with it, and there is nowhere left to say so.
    }
  }

  private call(level: number, line: string): unknown {
    switch (kLevels[level]) {
      case 'trace':
      case 'debug':
        return this.logger.debug(line);
      case 'warn':
        return this.logger.warn(line);
      case 'error':
        return this.logger.error(line);
      default:
        return this.logger.info(line);
    }
  }
}

/** An error's message, for people: its last line, or its code where it says nothing. Without passwords, never long. */
export function messageOf(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message.trim() || wordless(error) : String(error).trim();
    // Cut before and after: a password that is cut in two may not look like one, and a text may be of any length.
    const line = native.redact((text.split('\n').pop() ?? '').slice(0, 2 * kLongest));
    return line.length > kLongest ? `${line.slice(0, kLongest)}…` : line;
  } catch {
    return 'an error that cannot be shown';
  }
}

/** Node's AggregateError for a host that refuses on all its addresses has a code and no message. */
function wordless(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name}: ${code}` : error.name;
}

/** The way of a line: the core's side filters and redacts it, the user's logger gets what passes. */
import { native, type NativeLogger } from '../native';
import type { Logger, LogLevel } from '../options';

const kLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

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
      switch (kLevels[level]) {
        case 'trace':
        case 'debug':
          this.logger.debug(line);
          return;
        case 'warn':
          this.logger.warn(line);
          return;
        case 'error':
          this.logger.error(line);
          return;
        default:
          this.logger.info(line);
      }
    } catch {
      // A logger that throws must not take the operation with it, and there is nowhere left to say so.
    }
  }
}

/** An error's message, for people: its last line, without passwords. Never throws, never long. */
export function messageOf(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : String(error);
    const line = text.trim().split('\n').pop() ?? '';
    return native.redact(line.length > 500 ? `${line.slice(0, 500)}…` : line);
  } catch {
    return 'an error that cannot be shown';
  }
}

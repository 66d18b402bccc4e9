/**
 * The way of a line: the core's side filters it, known passwords and unprintable signs are taken out, the user's logger
 * gets what passes.
 */
import { native, type NativeLogger } from '../native';
import type { Logger, LogLevel } from '../options';
import { plainText } from '../plain-text';
import { redact } from '../redaction';
import { onRejection } from '../rejections';

const kLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

/** Of a message in a line, in characters. */
const kLongest = 500;
/** Of an error's text that is read at all. */
const kLongestRead = 1 << 18;

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
        this.hand(lines[i] as number, plainText(redact(lines[i + 1] as string)));
    } finally {
      this.draining = false;
    }
  }

  private hand(level: number, line: string): void {
    try {
      onRejection(this.call(kMethods[level] ?? 'info', line), () => undefined);
    } catch {
      // A logger that throws must not take the operation with it, and there is nowhere left to say so.
    }
  }

  private call(method: (typeof kMethods)[number], line: string): unknown {
    const { logger } = this;
    return isStructured(logger)
      ? (logger as unknown as StructuredLogger)[method](fieldsOf(line), line)
      : logger[method](`prisma-resilient-client: ${line}`);
  }
}

const kMethods = ['debug', 'debug', 'info', 'warn', 'error'] as const;

type StructuredLogger = Record<(typeof kMethods)[number], (fields: object, line: string) => unknown>;

/** pino, bunyan, and what is shaped like them: an object of fields goes before the message. */
function isStructured(logger: unknown): boolean {
  const { child, bindings, fields } = logger as { child?: unknown; bindings?: unknown; fields?: unknown };
  return typeof child === 'function' && (typeof bindings === 'function' || typeof fields === 'object');
}

const kEvent = /^[a-z][\w:-]*(?=[ :]|$)/;
const kField = /^ ([a-z]\w*)=([^\s:]*)/i;

/**
 * `name key=value …: text` taken apart. Made from the line that has been redacted already, so that the fields say no
 * more than it does.
 */
export function fieldsOf(line: string): Record<string, string | number> {
  const fields: Record<string, string | number> = { component: 'prisma-resilient-client' };
  const name = kEvent.exec(line)?.[0].replace(/:$/, '');
  if (name === undefined) return fields;
  let rest = line.slice(name.length);
  if (rest !== '' && !rest.startsWith(':') && !kField.test(rest)) return fields; // a sentence
  fields.event = name;
  for (let field = kField.exec(rest); field; field = kField.exec(rest)) {
    const [whole, key, value] = field;
    fields[key] = value !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
    rest = rest.slice(whole.length);
  }
  return fields;
}

/** An error's message, for people: its last line, or its code where it says nothing. Without passwords, never long. */
export function messageOf(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message.trim() || wordless(error) : String(error).trim();
    // Taken out before anything is cut: half a password looks like none.
    if (text.length > kLongestRead) return `an error text of ${text.length} characters`;
    const line = redact(text).split('\n').pop() ?? '';
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

/**
 * The way of a line: the core's side filters it, known passwords and unprintable signs are taken out, the user's logger
 * gets what passes.
 */
import { type LogLevel, type LogLine, type NativeLogger, native } from '../native';
import type { Logger } from '../options';
import { plainText } from '../plain-text';
import { redact } from '../redaction';
import { onRejection } from '../rejections';

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
    this.native = new native.NativeLogger(level);
  }

  debug(text: string): void {
    this.write('debug', text);
  }

  info(text: string): void {
    this.write('info', text);
  }

  warn(text: string): void {
    this.write('warn', text);
  }

  error(text: string): void {
    this.write('error', text);
  }

  private write(level: LogLevel, text: string): void {
    // A logger may use the very database that it logs about: its own lines wait for the next time.
    if (!this.native.log(level, text) || this.draining) return;
    this.draining = true;
    try {
      for (const line of this.native.take()) this.hand(line);
    } finally {
      this.draining = false;
    }
  }

  private hand({ level, text }: LogLine): void {
    try {
      onRejection(this.call(kMethods[level], plainText(redact(text))), () => undefined);
    } catch {
      // A logger that throws must not take the operation with it, and there is nowhere left to say so.
    }
  }

  private call(method: Method, line: string): unknown {
    const { logger } = this;
    return isStructured(logger)
      ? (logger as unknown as StructuredLogger)[method](fieldsOf(line), line)
      : logger[method](`prisma-resilient-client: ${line}`);
  }
}

type Method = 'debug' | 'info' | 'warn' | 'error';

/** Of whatever logger: some have no `trace`. */
const kMethods: Readonly<Record<LogLevel, Method>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  silent: 'error',
};

type StructuredLogger = Record<Method, (fields: object, line: string) => unknown>;

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
    const [whole, key = '', value = ''] = field;
    fields[key] = value !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
    rest = rest.slice(whole.length);
  }
  return fields;
}

/**
 * An error's message, for people: its last line, or its code where it says nothing. Without passwords and signs that
 * command a terminal, never long.
 */
export function messageOf(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message.trim() || wordless(error) : String(error).trim();
    // Taken out before anything is cut: half a password looks like none.
    if (text.length > kLongestRead) return `an error text of ${text.length} characters`;
    const line = redact(text).split(/\r?\n/).pop() ?? '';
    return plainText(line.length > kLongest ? `${line.slice(0, kLongest)}…` : line);
  } catch {
    return 'an error that cannot be shown';
  }
}

/** Node's AggregateError for a host that refuses on all its addresses has a code and no message. */
function wordless(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name}: ${code}` : error.name;
}

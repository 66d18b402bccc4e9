/** Keeps what must not be shown out of everything that is printed: secrets, and signs that command a terminal. */
import type { CoreAddon, NativeRedactor } from '../native';
import { plainText } from '../plain-text';

const kHidden = '***';

export class Secrets {
  private readonly redactor: NativeRedactor;
  private readonly isSecretKey: (name: string) => boolean;

  constructor(secrets: readonly string[] = []) {
    const addon = loaded();
    this.redactor = addon ? new addon.NativeRedactor() : new BareRedactor();
    this.isSecretKey = (name) => addon?.isSecretKey(name) ?? true;
    this.add(secrets);
  }

  add(secrets: readonly string[]): void {
    for (const secret of secrets) this.redactor.add(secret);
  }

  /** The passwords of a connection string, as written and as decoded. */
  addUrl(url: string): void {
    this.redactor.learn(url);
  }

  /** The text without the known secrets, without what looks like one, and with unprintable signs spelt out. */
  hide(text: string): string {
    return plainText(this.redactor.redact(text));
  }

  /** The same for everything in a value that is to become JSON; nothing is left of what has a secret's name. */
  hideIn<T>(value: T): T {
    return this.shown(JSON.parse(JSON.stringify(value))) as T;
  }

  /** Of a command's arguments: `--password`, and what it is given. */
  private isSecretOption(option: unknown, given: unknown): boolean {
    return typeof option === 'string' && /^--\w/.test(option) && typeof given === 'string' && this.isSecretKey(option);
  }

  private shown(value: unknown): unknown {
    if (typeof value === 'string') return this.hide(value);
    if (Array.isArray(value)) {
      return value.map((each, at) => (this.isSecretOption(value[at - 1], each) ? kHidden : this.shown(each)));
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => {
        const isSecret = typeof each === 'string' && this.isSecretKey(name);
        return [this.hide(name), isSecret ? kHidden : this.shown(each)];
      }),
    );
  }
}

/** undefined where the addon cannot be loaded: that is one of the doctor's findings. */
function loaded(): CoreAddon | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return (require('../native') as { native: CoreAddon }).native;
  } catch {
    return undefined;
  }
}

/** Without the addon nothing is known of how secrets look: a text with anything that may be one is withheld. */
class BareRedactor implements NativeRedactor {
  private readonly known: string[] = [];

  add(secret: string): void {
    if (secret !== '') this.known.push(secret);
  }
  learn(url: string): void {
    const password = /:\/\/[^:]*:([^]*)@/.exec(url)?.[1];
    if (password) this.known.push(password, decodeURIComponent(password.replace(/%(?![0-9a-f]{2})/gi, '%25')));
  }
  redact(text: string): string {
    const isSuspect = /:\/\/[^/]*:|@|passw|pwd|secret|token|key\s*[=:]/i.test(text);
    return isSuspect || this.known.some((secret) => text.includes(secret)) ? '(withheld)' : text;
  }
}

/** Keeps what must not be shown out of everything that is printed. */
import { parseConnectionUrl } from './project/connection-url';

const kHidden = '***';
const kShortest = 3;

export class Secrets {
  private readonly known = new Set<string>();

  constructor(secrets: readonly string[] = []) {
    this.add(secrets);
  }

  add(secrets: readonly string[]): void {
    for (const secret of secrets) {
      // Hiding every "a" of a report would hide the report, and tell the secret.
      if (secret.length >= kShortest) this.known.add(secret);
    }
  }

  /** The passwords of a URL, as written and as decoded. */
  addUrl(url: string): void {
    this.add(parseConnectionUrl(url)?.secrets ?? []);
  }

  /** The text without the known secrets, and without what looks like the password of a URL. */
  hide(text: string): string {
    let shown = text;
    // The longer ones first: one may be part of another.
    for (const secret of [...this.known].sort((a, b) => b.length - a.length))
      shown = shown.replace(finder(secret), kHidden);
    return shown
      .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@?#]*):[^\s/?#]*@/gi, `$1:${kHidden}@`)
      .replace(/\b((?:ssl)?password=)[^\s&'"]+/gi, `$1${kHidden}`);
  }

  /** The same for everything in a value that is to become JSON. */
  hideIn<T>(value: T): T {
    return JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
      typeof each === 'string' ? this.hide(each) : each,
    ) as T;
  }
}

/** A plain word is only hidden where it stands alone: the password "postgres" leaves "postgresql" readable. */
function finder(secret: string): RegExp {
  const literal = secret.replace(/[^A-Za-z0-9]/g, '\\$&');
  const isWord = /^[a-z]{1,12}$/i.test(secret);
  return new RegExp(isWord ? `(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])` : literal, 'g');
}

import { builtins } from '../../builtins';
import { native } from '../../native';
import type { AdapterLease } from '../adapter-lease';
import type { MarkRules } from '../guard-host';
import { kOurNames } from '../pool-connections';

/** So many characters of a digest in base64 are as good as a UUID twice over, and PostgreSQL takes names of 63 bytes. */
const kDigest = 32;

interface Named {
  readonly digest: string;
  /** How often its name was refused because what it was planned for had changed. */
  stale: number;
}

/** Under which name a connection keeps a marked statement prepared. The core has the rules (src/core/statement_names.h). */
export class StatementNames {
  private readonly named = new Map<string, Named>();
  /** Whoever answers there does not keep names. */
  private readonly without = new WeakSet<AdapterLease>();

  constructor(private readonly limits: Pick<MarkRules['limits'], 'usesBeforeName' | 'mostStale' | 'mostNames'>) {}

  /** undefined: it is sent as a text. `uses`: how often it is sent, this time included. */
  of(lease: AdapterLease, text: string, uses: number): string | undefined {
    if (uses < this.limits.usesBeforeName || !lease.connections || this.without.has(lease)) return undefined;
    const named = this.named.get(text) ?? this.add(text);
    // Connections keep what they have prepared under a stale name.
    return named && named.stale < this.limits.mostStale ? nameOf(named) : undefined;
  }

  /** Whether `sqlstate` may refuse the name, and not the statement: sent as a text, it may go through. */
  refused(lease: AdapterLease, text: string, name: string, sqlstate: string | undefined): boolean {
    const refusal = native.judgeNameRefusal(sqlstate ?? '');
    if (refusal === 'notKept') this.without.add(lease);
    const named = this.named.get(text);
    if (refusal === 'stale' && named && nameOf(named) === name) named.stale += 1;
    return refusal !== 'none';
  }

  private add(text: string): Named | undefined {
    if (this.named.size >= this.limits.mostNames) return undefined;
    const digest = builtins().crypto.createHash('sha256').update(text).digest('base64url').slice(0, kDigest);
    const named = { digest, stale: 0 };
    this.named.set(text, named);
    return named;
  }
}

function nameOf({ digest, stale }: Named): string {
  return `${kOurNames}${digest}_${stale}`;
}

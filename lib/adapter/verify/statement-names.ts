import { builtins } from '../../builtins';
import { native } from '../../native';
import type { AdapterLease } from '../adapter-lease';
import type { MarkRules } from '../guard-host';

/** So many characters of a digest in base64 are as good as a UUID twice over, and PostgreSQL takes names of 63 bytes. */
const kDigest = 32;

/** Under which name a connection keeps a marked statement prepared. The core has the rules (src/core/statement_names.h). */
export class StatementNames {
  private readonly names = new Map<string, string>();
  /** Whoever answers there does not keep names. */
  private readonly without = new WeakSet<AdapterLease>();
  private given = 0;

  constructor(private readonly limits: Pick<MarkRules['limits'], 'usesBeforeName' | 'mostNames'>) {}

  /** undefined: it is sent as a text. `uses`: how often it is sent, this time included. */
  of(lease: AdapterLease, text: string, uses: number): string | undefined {
    if (uses < this.limits.usesBeforeName || !lease.connections || this.without.has(lease)) return undefined;
    return this.names.get(text) ?? this.give(text);
  }

  /** Whether `sqlstate` refuses the name, and not the statement: sent as a text, it may go through. */
  refused(lease: AdapterLease, text: string, name: string, sqlstate: string | undefined): boolean {
    const refusal = native.judgeNameRefusal(sqlstate ?? '');
    if (refusal === 'notKept') this.without.add(lease);
    // Connections keep what they have prepared under the old one.
    else if (refusal === 'stale' && this.names.get(text) === name) this.give(text);
    return refusal !== 'none';
  }

  private give(text: string): string | undefined {
    this.names.delete(text);
    if (this.given >= this.limits.mostNames) return undefined;
    this.given += 1;
    const digest = builtins().crypto.createHash('sha256').update(text).digest('base64url').slice(0, kDigest);
    const name = `resilience_${digest}_${this.given}`;
    this.names.set(text, name);
    return name;
  }
}

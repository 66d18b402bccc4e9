/** What a rule says of the facts. */
import type { Facts, ProbeFacts, ServerFacts } from './facts';

/** In rising order. */
export type Severity = 'ok' | 'info' | 'warning' | 'problem';

export interface Judgement {
  readonly severity: Severity;
  readonly seen: string;
  /** Why it will hurt; absent where all is well. */
  readonly why?: string;
  readonly fix?: string;
}

export interface Finding extends Judgement {
  /** Stable, meant for programs. */
  readonly id: string;
}

/** A check that could not be made. */
export interface Skipped {
  readonly id: string;
  readonly reason: string;
}

/** `ask` returns undefined where the rule does not apply. */
export type Rule =
  | { readonly id: string; readonly of: 'project'; ask(facts: Facts): Judgement | undefined }
  | {
      readonly id: string;
      readonly of: 'url';
      ask(facts: Facts, url: NonNullable<Facts['url']>): Judgement | undefined;
    }
  | {
      readonly id: string;
      readonly of: 'probe';
      ask(facts: Facts, probe: ProbeFacts): Judgement | undefined;
    }
  | {
      readonly id: string;
      readonly of: 'server';
      ask(facts: Facts, server: ServerFacts): Judgement | undefined;
    };

export function examine(facts: Facts, rules: readonly Rule[]): { findings: Finding[]; skipped: Skipped[] } {
  const findings: Finding[] = [];
  const skipped: Skipped[] = [];
  for (const rule of rules) {
    const answer = ask(rule, facts);
    if (typeof answer === 'string') skipped.push({ id: rule.id, reason: answer });
    else if (answer) findings.push({ id: rule.id, ...answer });
  }
  return { findings, skipped };
}

/** The reason, where what it is about is not known. */
function ask(rule: Rule, facts: Facts): Judgement | string | undefined {
  const { url, probe, server } = facts;
  switch (rule.of) {
    case 'project':
      return rule.ask(facts);
    case 'url':
      return url ? rule.ask(facts, url) : 'no database URL was found';
    case 'probe':
      return probe.known ? rule.ask(facts, probe.known) : probe.reason;
    case 'server':
      return server.known ? rule.ask(facts, server.known) : server.reason;
  }
}

export function count(findings: readonly Finding[]): Record<Severity, number> {
  const counts = { ok: 0, info: 0, warning: 0, problem: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

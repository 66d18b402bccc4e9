/** Cuts that wait for their moment: a byte, or a message of PostgreSQL's protocol. */
import { type Side, type WireMessage } from './wire';

/**
 * What happens to the connection: 'reset' sends RST to both ends, 'close' FIN; 'swallow' loses all that follows in
 * both directions and keeps the server's end open as a ghost; 'stall' keeps it for when the proxy passes again.
 */
export type CutAction = 'reset' | 'close' | 'swallow' | 'stall';

export interface Sighting {
  readonly message: WireMessage;
  /** 'I' idle, 'T' in a transaction, 'E' in a failed one, as the server has said last. */
  readonly transaction: string;
  /** SQL of the statement that the client has sent last. */
  readonly sql: string;
  /** Which connection of the proxy, counted from 1. */
  readonly connection: number;
}

export interface CutLimits {
  /** Default 'reset'. */
  readonly then?: CutAction;
  /** Of a match being cut, by the proxy's seed. Default 1. */
  readonly probability?: number;
  /** Cuts before the rule is spent. Default: no end. */
  readonly times?: number;
}

export interface MessageCut extends CutLimits {
  /** Whose messages. Default 'server'. */
  readonly from?: Side;
  /**
   * A message name of the protocol's documentation; or, from the client, 'Statement': a Query, or an Execute whose SQL
   * is known, cut after the Sync that follows it; when dropped, all from the Parse or Bind with that SQL on.
   */
  readonly message: string;
  /** Of CommandComplete. */
  readonly tag?: RegExp;
  readonly sql?: RegExp;
  readonly when?: (sighting: Sighting) => boolean;
  /**
   * The message is not delivered either (with 'stall', it is kept too). After CommandComplete the cut then waits for
   * ReadyForQuery, so that what the message tells has come to pass: an implicit commit follows it.
   */
  readonly drop?: boolean;
}

export interface ByteCut extends CutLimits {
  /** Whose bytes. Default 'server'. */
  readonly from?: Side;
  /** Bytes that still pass on each connection, counted from its beginning or, if it is open, from now. */
  readonly afterBytes: number;
}

export class CutRule {
  private matched = 0;
  private struck = 0;
  private cuts = 0;

  constructor(
    readonly cut: MessageCut | ByteCut,
    private readonly random: () => number,
    private readonly unlist: (rule: CutRule) => void,
  ) {}

  /** Moments at which the rule applied, cut or spared by its probability. */
  get matches(): number {
    return this.matched;
  }

  /** Connections that it has cut: not those whose cut waits for what a message tells to come to pass. */
  get hits(): number {
    return this.cuts;
  }

  get from(): Side {
    return this.cut.from ?? 'server';
  }

  get action(): CutAction {
    return this.cut.then ?? 'reset';
  }

  remove(): void {
    this.unlist(this);
  }

  /** True if this message is to be cut. */
  strikes(sighting: Sighting): boolean {
    return 'message' in this.cut && matches(this.cut, this.from, sighting) && this.strike();
  }

  /** Decides on a match and counts it. */
  strike(): boolean {
    const { probability = 1, times = Infinity } = this.cut;
    if (this.struck >= times) return false;
    this.matched += 1;
    if (probability < 1 && this.random() >= probability) return false;
    this.struck += 1;
    if (this.struck >= times) this.remove();
    return true;
  }

  /** A connection is cut. */
  hit(): void {
    this.cuts += 1;
  }
}

function matches(cut: MessageCut, from: Side, sighting: Sighting): boolean {
  const { message } = sighting;
  if (message.from !== from || !isNamed(message, cut)) return false;
  if (cut.tag && !(message.tag !== undefined && cut.tag.test(message.tag))) return false;
  if (cut.sql && !cut.sql.test(message.sql ?? sighting.sql)) return false;
  return cut.when?.(sighting) ?? true;
}

function isNamed(message: WireMessage, { message: name, drop }: MessageCut): boolean {
  if (name !== 'Statement') return message.name === name;
  if (message.sql === undefined) return false;
  return message.name === 'Query' || message.name === 'Execute' || drop === true;
}

/** True for the message that tells a client that its write is durable: COMMIT, or a write outside a transaction. */
export function isAcknowledgement({ message, sql, transaction }: Sighting): boolean {
  if (message.name !== 'CommandComplete' || message.tag === undefined) return false;
  if (message.tag === 'COMMIT') return true;
  if (transaction !== 'I') return false;
  return (
    /^(INSERT|UPDATE|DELETE|MERGE) /.test(message.tag) || (message.tag.startsWith('SELECT') && kWritingWith.test(sql))
  );
}

/** A query whose WITH writes is answered as a SELECT. */
const kWritingWith = /^\s*WITH\b.*\bAS \((INSERT|UPDATE|DELETE|MERGE)\b/is;

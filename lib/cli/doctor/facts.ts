/** All that a doctor looks at, as plain data: what is collected here is judged by the rules alone. */
import type { AddonInUse } from '../../addon/in-use';
import type { PrismaFiles } from '../project/prisma-files';
import type { Provider, UrlHost } from '../../connection-url';

export interface Facts {
  readonly project: ProjectFacts;
  /** undefined where the project has none that can be found. */
  readonly url: UrlFacts | undefined;
  readonly probe: Known<ProbeFacts>;
  readonly server: Known<ServerFacts>;
  readonly intent: Intent;
}

/** Something that was found out, or the reason why it could not be. */
export type Known<T> = { readonly known: T } | { readonly known?: undefined; readonly reason: string };

/** What the user has said about the application. */
interface Intent {
  readonly instances: number;
  /** Connections of one instance's pool; undefined: as the project's text says. */
  readonly pool: number | undefined;
}

interface Package {
  readonly name: string;
  readonly version: string;
}

/** A `new PrismaPg(…)` in the project's text. */
export interface AdapterCall {
  readonly file: string;
  readonly line: number;
  /** 'unknown': its settings come out of something that only runs. */
  readonly settings: 'literal' | 'poolConfig' | 'unknown';
  readonly names: readonly string[];
  readonly max: number | undefined;
  /** It is given to a `new PrismaClient(…)` as it is. Where it is not, the project's other text tells. */
  readonly unguarded?: boolean;
}

export interface ProjectFacts {
  /** Without its "v". */
  readonly node: string;
  readonly cpus: number;
  readonly hasPackageJson: boolean;
  readonly prisma: string | undefined;
  readonly client: string | undefined;
  /** Driver adapters that are installed. */
  readonly adapters: readonly Package[];
  /** Names of driver adapters in package.json, whether installed or not. */
  readonly declaredAdapters: readonly string[];
  readonly pg: string | undefined;
  readonly files: PrismaFiles;
  readonly adapterCalls: readonly AdapterCall[];
  /** What of this package the project's text uses. */
  readonly uses: {
    readonly resilient: boolean;
    /** By whichever way: `ctx.guard`, `guardAdapter`, the options form, the class that `ResilientClient` makes. */
    readonly guard: boolean;
    /** The name that stands behind `markerTable:`. */
    readonly markerTable?: string;
  };
  /** Why an addon of this package cannot be loaded here; undefined where it can. */
  readonly addon: {
    readonly core: string | undefined;
    readonly probe: string | undefined;
    /** The core's: where it came from, and whether it is the WebAssembly build. */
    readonly inUse?: AddonInUse;
    /** Linked into the probe: 150018, and "OpenSSL 3.0.22 …". */
    readonly libraries?: { readonly libpq: number; readonly openssl: string };
  };
}

/** 'local' is this machine; 'unknown' a name that nobody resolves. */
export type Reach = 'local' | 'private' | 'public' | 'unknown';

export interface UrlFacts {
  readonly source: string;
  /** 'malformed' where it could not be taken apart; then all others are empty. */
  readonly provider: Provider | 'malformed';
  readonly isLiteral: boolean;
  readonly hosts: readonly (UrlHost & { readonly reach: Reach })[];
  readonly socket: string | undefined;
  readonly user: string;
  readonly database: string;
  /** What a secret's name holds is hidden before it is shown. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface ProbeFacts {
  readonly verdict: 'up' | 'down' | 'inconclusive';
  readonly looks: number;
  /** Median of the looks that were answered: connecting, logging in, one round trip. */
  readonly latencyMs: number | undefined;
  readonly role: 'unknown' | 'primary' | 'standby';
  readonly host: string;
  readonly port: number;
  /** SQLSTATE or the name of a system error; empty on success. */
  readonly code: string;
  readonly message: string;
}

export interface Pooler {
  /** 'unknown': it may hand a connection to another client between two transactions. */
  readonly pooling: 'transaction' | 'unknown';
  /** As `SHOW VERSION` says, where the user may ask. */
  readonly version: string | undefined;
  /** Seconds; where the user may ask. */
  readonly serverLoginRetry: number | undefined;
}

export interface ServerFacts {
  /** As PostgreSQL counts: 150018. */
  readonly version: number;
  readonly isStandby: boolean;
  readonly encrypted: boolean;
  readonly maxConnections: number;
  /** Kept for superusers and for roles with special rights. */
  readonly reserved: number;
  /** Connections of others, our own left out. */
  readonly otherConnections: number;
  /** Of the role and of the database; undefined: no limit of their own. */
  readonly roleLimit: number | undefined;
  readonly databaseLimit: number | undefined;
  readonly isSuperuser: boolean;
  readonly mayTerminate: boolean;
  readonly mayReadAllStats: boolean;
  /** Why writes in doubt cannot be verified; undefined where they can. */
  readonly verifyRefusal: string | undefined;
  /** Milliseconds, 0 for none. */
  readonly timeouts: {
    readonly idleSession: number;
    readonly idleInTransaction: number;
    readonly statement: number;
    readonly tcpUser: number;
    readonly keepAliveIdle: number;
  };
  readonly synchronousCommit: string;
  readonly fsync: boolean;
  readonly readOnly: boolean;
  readonly pooler: Pooler | undefined;
  /** Of the marker table that the project's text names; undefined where it names none. */
  readonly marks?: MarkFacts;
}

export interface MarkFacts {
  readonly table: string;
  /** What is wrong with it, each with what to do; empty: it can be relied on. */
  readonly problems: readonly string[];
}

/** Which of the addons this process runs on, for logs, the doctor and getConnectionStats(). */
import type { AddonKind, LoadedAddon } from './loader';

export interface AddonInUse {
  /** 'wasm': the core's WebAssembly build; there is no native addon for this platform, or none that loads. */
  readonly kind: AddonKind;
  /** The file, relative to the package's own folder where it is in there. */
  readonly from: string;
}

export function inUse({ kind, from }: LoadedAddon): AddonInUse {
  return { kind, from };
}

interface Lines {
  info(text: string): void;
}

let told = false;

/** One line for each process, in the first client's log; of the WebAssembly build, which can do less, for each client. */
export function tellAddon({ kind, from, refused }: LoadedAddon, log: Lines): void {
  const why = refused[0] ? `; no native addon could be loaded: ${refused[0]}` : '';
  if (kind === 'wasm') log.info(`addon kind=wasm: ${from}, which looks for the database in band${why}`);
  else if (!told) log.info(`addon kind=native: ${from}`);
  told = true;
}

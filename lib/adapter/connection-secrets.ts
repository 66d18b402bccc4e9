/**
 * The passwords that a driver adapter's settings hold, told to the redactor: of its connection string, its pool's
 * options, its key, and every answer of a password that is a function.
 */
import { addSecret, learnSecrets } from '../redaction';

type Settings = Record<string, unknown>;
type PasswordFunction = (this: unknown, ...args: unknown[]) => unknown;

const listening = new WeakSet<PasswordFunction>();

/** `factory` may be anything that a user hands in. */
export function learnSecretsOf(factory: unknown): void {
  if (!isSettings(factory)) return;
  try {
    const { config, externalPool } = factory;
    learnSecrets(config);
    if (isSettings(config)) {
      learnFrom(config);
      // The user's own object stays as it is: the adapter gets another one.
      const password = heard(config.password);
      if (password) factory.config = { ...config, password };
    }
    const options = isSettings(externalPool) ? externalPool.options : undefined;
    if (isSettings(options)) {
      learnFrom(options);
      const password = heard(options.password);
      if (password) options.password = password;
    }
  } catch {
    // Settings that can't be read or set: what their errors say is judged by its looks alone.
  }
}

function learnFrom(settings: Settings): void {
  learnSecrets(settings.connectionString);
  addSecret(settings.password);
  const { ssl } = settings;
  if (!isSettings(ssl)) return;
  addSecret(ssl.passphrase);
  addSecret(ssl.key);
}

/** The function to put in its place, whose answers are heard; undefined where there is nothing to hear. */
function heard(password: unknown): PasswordFunction | undefined {
  if (typeof password !== 'function' || listening.has(password as PasswordFunction)) return undefined;
  const ask = password as PasswordFunction;
  const listener: PasswordFunction = function (...args) {
    const answer = ask.apply(this, args);
    if (!isThenable(answer)) addSecret(answer);
    else return answer.then((later) => (addSecret(later), later));
    return answer;
  };
  listening.add(listener);
  return listener;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isSettings(value) && typeof value.then === 'function';
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null;
}

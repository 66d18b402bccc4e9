/**
 * What leaves the package as text: without the passwords that are known here, and without what looks like one. One set
 * for all clients of an environment: an error does not say whose it is.
 */
import { native } from './native';

const redactor = new native.NativeRedactor();

export function redact(text: string): string {
  return redactor.redact(text);
}

/** A password is known. Anything but a text is none. */
export function addSecret(password: unknown): void {
  if (typeof password === 'string') redactor.add(password);
}

/** Whatever looks like a secret in it is one from now on. */
export function learnSecrets(connectionString: unknown): void {
  if (typeof connectionString === 'string') redactor.learn(connectionString);
}

const kDatabaseUrl = /^(postgres(ql)?|mysql|mariadb|sqlserver|mongodb(\+srv)?|prisma(\+postgres)?|rediss?):\/\//i;

/** PGPASSWORD and its like, and the connection strings of databases under whatever name. */
export function learnEnvironment(env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '') continue;
    if (kDatabaseUrl.test(value)) learnSecrets(value);
    else if (/^(PG|MYSQL|MARIADB|POSTGRES|DB|DATABASE)/i.test(name) && native.isSecretKey(name)) addSecret(value);
  }
}

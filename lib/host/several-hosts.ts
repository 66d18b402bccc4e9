/**
 * A database on several hosts: `postgres://a:5432,b:5433/app?target_session_attrs=read-write`. libpq, and so the probe,
 * finds the one to use; drivers know one host only, so they are given the URL with the one that was found.
 */

const kPort = 5432;
const kUrl = /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^/?#]+)(.*)$/is;

/** `host:port` each; empty for what is no such URL. */
export function hostsOf(url: string): string[] {
  const hosts = kUrl.exec(url)?.[2]?.split(',') ?? [];
  return hosts.map((host) => (/:\d+$/.test(host) ? host : `${host.replace(/:$/, '')}:${kPort}`));
}

/** As a URL writes it. */
export function hostOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The URL with one of its hosts, by default the first. */
export function withHost(url: string, host = hostsOf(url)[0]): string {
  return url.replace(kUrl, (_, head: string, __: string, tail: string) => head + host + tail);
}

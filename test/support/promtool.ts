/** Prometheus' own checker. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { cacheDirectory } from './cache_directory';

/** What `promtool check metrics` says of a scrape's text. Throws where there is no promtool. */
export function checkMetrics(text: string): Verdict {
  return run(['check', 'metrics'], text);
}

/** What `promtool check rules` says of the text of a file of rules. */
export function checkRules(text: string): Verdict {
  const folder = fs.mkdtempSync(path.join(cacheDirectory(), 'rules-'));
  try {
    fs.writeFileSync(path.join(folder, 'rules.yml'), text);
    return run(['check', 'rules', path.join(folder, 'rules.yml')]);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

export interface Verdict {
  readonly status: number;
  readonly output: string;
}

function run(args: string[], input?: string): Verdict {
  const cached = path.join(cacheDirectory('promtool'), 'promtool');
  const command = fs.existsSync(cached) ? cached : 'promtool';
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, encoding: 'utf8' });
  if (error) throw new Error(`promtool does not run (${error.message}): node scripts/setup.mjs brings it`);
  return { status: status ?? -1, output: `${stdout}${stderr}` };
}

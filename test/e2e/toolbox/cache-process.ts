/** A process with a cache in Redis, told what to do on stdin, a line of JSON each; answers on stdout. */
import { createInterface } from 'node:readline';
import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';

import { Cache } from '../../../lib';

const [, , url, kind] = process.argv;
const redis = new KeyvRedis(url);
const store = kind === 'keyv' ? new Keyv(redis) : redis;
const lines: string[] = [];
const cache = new Cache({
  store: store as never,
  log: { warn: (text) => lines.push(`warn ${text}`), info: (text) => lines.push(`info ${text}`) },
});

type Command =
  | { do: 'getOrSet'; key: string; value: unknown }
  | { do: 'invalidate'; key: string }
  | { do: 'invalidateByPrefix'; key: string }
  | { do: 'stats' }
  | { do: 'end' };

async function carryOut(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'getOrSet':
      return cache.getOrSet(command.key, () => command.value);
    case 'invalidate':
      return cache.invalidate(command.key);
    case 'invalidateByPrefix':
      return cache.invalidateByPrefix(command.key);
    case 'stats':
      return { ...cache.stats(), lines };
    case 'end':
      return process.exit(0);
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const began = Date.now();
  carryOut(JSON.parse(line) as Command).then(
    (answer) => console.log(JSON.stringify({ answer, ms: Date.now() - began })),
    (error) => console.log(JSON.stringify({ error: String(error), ms: Date.now() - began })),
  );
});

/** An HTTP service on a resilient client, as one is deployed: each request makes several operations. */
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ResilientPrismaClient, installGracefulShutdown } from '../../../lib';
import { makeClient } from '../../support/prisma';

const [, , url, drainMs] = process.argv;
const resilient = new ResilientPrismaClient(() => makeClient(url), { logging: { level: 'silent' } });
const prisma = resilient.getClient();
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const tell = (message: object): void => void writeSync(1, `${JSON.stringify(message)}\n`);

const server = createServer((request, response) => {
  const id = (request.url ?? '').slice(1);
  tell({ accepted: id });
  const answer = async (): Promise<void> => {
    if (id === 'hang') await new Promise(() => undefined);
    await prisma.user.create({ data: { email: `${id}-1` } });
    await sleep(30);
    await prisma.user.create({ data: { email: `${id}-2` } });
    await sleep(30);
    response.end(String(await prisma.user.count({ where: { email: { startsWith: `${id}-` } } })));
  };
  answer().catch((error) => {
    tell({ failed: id, error: String(error) });
    response.statusCode = 500;
    response.end();
  });
});

installGracefulShutdown(resilient, { drainMs: Number(drainMs), servers: server });
process.on('exit', (code) => tell({ exit: code }));
void resilient
  .ready()
  .then(() => server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port })));

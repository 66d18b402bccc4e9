import * as net from 'node:net';
import { findTarget, hostToStandBefore, isPrivateAddress } from '../../../../lib/cli/drill/target';

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['10.1.2.3', true],
  ['172.16.0.1', true],
  ['172.31.255.255', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['192.169.1.1', false],
  ['169.254.1.1', true],
  ['8.8.8.8', false],
  ['::1', true],
  ['::ffff:10.0.0.1', true],
  ['::ffff:8.8.8.8', false],
  ['fd00::1', true],
  ['fe80::1', true],
  ['2001:4860:4860::8888', false],
  ['nonsense', false],
])('%s is private: %p', (address, expected) => {
  expect(isPrivateAddress(address)).toBe(expected);
});

test.each([
  ['postgresql://u:canary@/db?host=/var/run/postgresql', /Unix socket/],
  ['postgresql://u:canary@a:1,b:2/db', /several hosts/],
  ['postgresql://u:canary@a:notaport/db', /malformed/],
  ['file:./dev.db', /no host/],
  ['nonsense', /malformed/],
])('refuses %s without repeating its password', (url, reason) => {
  expect(() => hostToStandBefore(url)).toThrow(reason);
  expect(() => hostToStandBefore(url)).not.toThrow(/canary/);
});

test('finds the address that answers, and says so where none does', async () => {
  const server = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as net.AddressInfo;
  const url = `postgresql://u:canary@localhost:${port}/db`;
  expect(await findTarget(url, false)).toMatchObject({
    named: { host: 'localhost', port },
    address: { host: '127.0.0.1', port },
  });
  await new Promise((resolve) => server.close(resolve));
  await expect(findTarget(url, false)).rejects.toThrow(/ECONNREFUSED/);
});

test('a public address is not even tried, unless that is meant', async () => {
  await expect(findTarget('postgresql://u:canary@198.51.100.1/db', false)).rejects.toThrow(/--yes/);
});

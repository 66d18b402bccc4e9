/**
 * The addons that come with the package. Each path is written out whole: that is what bundlers and file tracers look
 * for. From dist/ as from lib/, they are two folders up.
 */
/* eslint-disable @typescript-eslint/no-require-imports */
import type { Libc } from './libc';

export type AddonFile = 'resilience.node' | 'resilience_probe.node';

type Require = () => unknown;

const kCore: Readonly<Record<string, Require>> = {
  'darwin-arm64': () => require('../../prebuilds/darwin-arm64/resilience.node'),
  'darwin-x64': () => require('../../prebuilds/darwin-x64/resilience.node'),
  'linux-arm64': () => require('../../prebuilds/linux-arm64/resilience.node'),
  'linux-arm64-musl': () => require('../../prebuilds/linux-arm64-musl/resilience.node'),
  'linux-x64': () => require('../../prebuilds/linux-x64/resilience.node'),
  'linux-x64-musl': () => require('../../prebuilds/linux-x64-musl/resilience.node'),
  'win32-arm64': () => require('../../prebuilds/win32-arm64/resilience.node'),
  'win32-x64': () => require('../../prebuilds/win32-x64/resilience.node'),
};

const kProbe: Readonly<Record<string, Require>> = {
  'darwin-arm64': () => require('../../prebuilds/darwin-arm64/resilience_probe.node'),
  'darwin-x64': () => require('../../prebuilds/darwin-x64/resilience_probe.node'),
  'linux-arm64': () => require('../../prebuilds/linux-arm64/resilience_probe.node'),
  'linux-arm64-musl': () => require('../../prebuilds/linux-arm64-musl/resilience_probe.node'),
  'linux-x64': () => require('../../prebuilds/linux-x64/resilience_probe.node'),
  'linux-x64-musl': () => require('../../prebuilds/linux-x64-musl/resilience_probe.node'),
};

/** undefined: the package has none for that target. */
export function prebuilt(file: AddonFile, target: string): Require | undefined {
  return (file === 'resilience.node' ? kCore : kProbe)[target];
}

/** The targets whose addons may load here, the likeliest first. */
export function targets(platform: string, arch: string, libc: Libc | undefined): string[] {
  const plain = `${platform}-${arch}`;
  if (platform !== 'linux') return [plain];
  const musl = `${plain}-musl`;
  return libc === 'musl' ? [musl, plain] : [plain, musl];
}

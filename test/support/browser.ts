/** A real headless Chromium: Debian's package, which scripts/setup.mjs installs. */
import * as fs from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const kPlaces = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/google-chrome'];

/** Throws with what to do where there is no Chromium. */
export function openBrowser(): Promise<Browser> {
  const executablePath = kPlaces.find((place) => fs.existsSync(place));
  if (!executablePath) {
    throw new Error(
      `no Chromium in ${kPlaces.join(', ')}: node scripts/setup.mjs installs Debian's chromium-headless-shell`,
    );
  }
  // Its sandbox refuses to run as root; the only page it sees is ours.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--no-proxy-server'] });
}

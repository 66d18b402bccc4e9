// Makes the dashboard one file that asks for nothing else: its script, its style and uPlot stand in the page itself, and
// its policy allows these very texts by their hashes. Written as a module, so that bundlers take it along.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'lib', 'observe', 'dashboard');
const plot = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
const kScripts = ['stream', 'tables', 'charts', 'main'];

function read(...parts) {
  return readFileSync(join(...parts), 'utf8');
}

function hash(text) {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

export function buildDashboard() {
  const licence = `/*! uPlot ${JSON.parse(read(plot, 'package.json')).version}\n\n${read(plot, 'LICENSE').trim()}\n*/`;
  const own = kScripts.map((name) => read(folder, 'page', `${name}.js`)).join('\n');
  const script = [licence, read(plot, 'dist', 'uPlot.iife.min.js').trim(), `(() => {\n'use strict';\n${own}})();`].join(
    '\n',
  );
  const style = `${read(plot, 'dist', 'uPlot.min.css').trim()}\n${read(folder, 'page', 'style.css')}`;
  for (const text of [script, style]) {
    if (/<\/(script|style)|<!--/i.test(text))
      throw new Error('the page would end in the middle of its script or style');
  }
  const page = read(folder, 'page', 'index.html')
    .replace('<style></style>', () => `<style>${style}</style>`)
    .replace('<script></script>', () => `<script>${script}</script>`);
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
  mkdirSync(join(folder, 'generated'), { recursive: true });
  writeFileSync(
    join(folder, 'generated', 'page.ts'),
    '/** Made by scripts/build-dashboard.mjs from ../page and uPlot. */\n' +
      `export const kPage: string = ${JSON.stringify(page)};\nexport const kPolicy: string = ${JSON.stringify(policy)};\n`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildDashboard();

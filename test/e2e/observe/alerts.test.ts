/** The alert rules and the Grafana dashboard that come with the documents name only what the export has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { GiveUpReason } from '../../../lib/native';
import { kLatencyHistogram, kMetricFamilies } from '../../../lib/observe/metric-families';
import { checkRules } from '../../support/promtool';

const kDocs = join(__dirname, '../../../docs');
const kPrefix = 'prisma_resilient_';

const histogram = ['bucket', 'sum', 'count'].map((part) => `${kPrefix}${kLatencyHistogram.name}_${part}`);
const exported = new Set([...kMetricFamilies.map(({ name }) => kPrefix + name), ...histogram]);

interface Dashboard {
  readonly title: string;
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}
const dashboard = JSON.parse(readFileSync(join(kDocs, 'grafana/prisma-resilient.json'), 'utf8')) as Dashboard;
const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
const rules = readFileSync(join(kDocs, 'alerts.yml'), 'utf8');

test('promtool accepts the rules', () => {
  expect(checkRules(rules)).toMatchObject({
    status: 0,
    output: expect.stringContaining('9 rules found'),
  });
});

test('promtool accepts every expression of the dashboard', () => {
  // Grafana's variables stand for a time each.
  const lines = expressions.map((expr, index) => {
    const filled = expr.replace(/\$__\w+/g, '1m');
    return `      - record: panel:expression:${index}\n        expr: ${JSON.stringify(filled)}`;
  });
  const text = `groups:\n  - name: dashboard\n    rules:\n${lines.join('\n')}\n`;
  expect(checkRules(text)).toMatchObject({
    status: 0,
    output: expect.stringContaining(`${expressions.length} rules found`),
  });
});

test.each([
  ['alerts.yml', rules],
  ['prisma-resilient.json', JSON.stringify(dashboard)],
])('every metric that %s names is exported', (_, text) => {
  const named = [...text.matchAll(/prisma_resilient_\w+/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !exported.has(name))).toEqual([]);
});

test('labels and their values in the rules exist', () => {
  for (const [, values] of rules.matchAll(/given_up_total\{reason=~?"([^"]+)"/g)) {
    for (const value of values.split('|')) expect(Object.values(GiveUpReason)).toContain(value);
  }
});

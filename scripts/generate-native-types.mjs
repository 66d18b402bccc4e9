// Writes lib/native-types.generated.ts: what crosses between C++ and TypeScript, as the addons themselves describe it.
// `--check` only says whether the file is out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const kFile = join(root, 'lib', 'native-types.generated.ts');

const core = require(join(root, 'build', 'release', 'resilience.node'));
const probePath = join(root, 'build', 'release', 'resilience_probe.node');
if (!existsSync(probePath)) {
  console.error('generate-native-types: build/release/resilience_probe.node is missing: node scripts/build-native.mjs');
  process.exit(1);
}
const schemas = [core.describe(), require(probePath).describe()];

/** Both addons know some records; each is written once, by its name. */
function merged(kind) {
  const all = new Map();
  for (const schema of schemas) {
    for (const each of schema[kind]) {
      const known = all.get(each.name);
      if (known !== undefined && JSON.stringify(known) !== JSON.stringify(each)) {
        throw new Error(`the two addons were built from different descriptions of ${each.name}`);
      }
      all.set(each.name, each);
    }
  }
  return [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Nothing is to be said of a record without fields but its tag. */
const isEmpty = (record) =>
  schemas.some(({ records }) => records.some(({ name, fields }) => name === record && fields.length === 0));

const quoted = (text) => JSON.stringify(text);
const camelCase = (text) => text.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

function typeOf({ kind, of, list }) {
  const single = {
    boolean: 'boolean',
    number: 'number',
    whole: 'number',
    time: 'number',
    text: 'string',
    table: 'Readonly<Record<string, string>>',
    nothing: 'void',
  };
  const name = single[kind] ?? of;
  return list ? `readonly ${name}[]` : name;
}

function field({ name, type, need }) {
  const optional = need === 'optional' || need === 'defaulted' ? '?' : '';
  const nullable = need === 'nullable' ? ' | null' : '';
  return `readonly ${name}${optional}: ${typeOf(type)}${nullable};`;
}

function parameters(list) {
  const lastGiven = list.map(({ need }) => need !== 'optional').lastIndexOf(true);
  const parameter = ({ name, type, need }, index) => {
    if (need !== 'optional') return `${name}: ${typeOf(type)}`;
    return index > lastGiven ? `${name}?: ${typeOf(type)}` : `${name}: ${typeOf(type)} | undefined`;
  };
  return list.map(parameter).join(', ');
}

function signature({ name, parameters: given, result, resultOptional }) {
  return `${name}(${parameters(given)}): ${typeOf(result)}${resultOptional ? ' | undefined' : ''};`;
}

function enumeration({ name, values, asNumber }) {
  const members = values.map((value, index) => `${camelCase(value)}: ${asNumber ? index : quoted(value)}`);
  return `export const ${name} = { ${members.join(', ')} } as const;
export type ${name} = (typeof ${name})[keyof typeof ${name}];`;
}

function record({ name, fields }) {
  return `export interface ${name} { ${fields.map(field).join(' ')} }`;
}

/** A case of a variant is its record and the tag; other cases have their own fields. */
function union({ name, tag, cases }) {
  const members = cases.map(({ value, record: of, fields }) => {
    const told = `{ readonly ${tag}: ${quoted(value)}; ${fields.map(field).join(' ')} }`;
    return of === '' || isEmpty(of) ? told : `(${told} & ${of})`;
  });
  return `export type ${name} = ${members.map((member) => `| ${member}`).join('\n')};`;
}

function classOf({ name, parameters: given, methods }) {
  return `export interface ${name} { ${methods.map(signature).join(' ')} }
export type ${name}Class = new (${parameters(given)}) => ${name};`;
}

function addon(name, schema) {
  const classes = schema.classes.map(({ name: called }) => `readonly ${called}: ${called}Class;`);
  return `export interface ${name} { ${[...classes, ...schema.functions.map(signature)].join('\n')} }`;
}

/** Fields that are named by their paths, as the object that holds them. */
function nested(fields) {
  const groups = new Map();
  for (const each of fields) {
    const [name, ...rest] = each.name.split('.');
    const group = groups.get(name) ?? [];
    groups.set(name, [...group, { ...each, name: rest.length > 0 ? rest.join('.') : name, nested: rest.length > 0 }]);
  }
  const members = [...groups].map(([name, group]) =>
    group[0].nested ? `readonly ${name}: ${nested(group)};` : field(group[0]),
  );
  return `{ ${members.join(' ')} }`;
}

const slots = core.controlBlockSlots();
const source = `/**
 * What crosses between C++ and TypeScript. Made by scripts/generate-native-types.mjs from what the addons say of
 * themselves (binding/records, binding/seam): never edited by hand.
 */
import type { ResilientConfig } from './options';

${merged('enumerations').map(enumeration).join('\n\n')}

${merged('records')
  .filter(({ name }) => !isEmpty(name))
  .map(record)
  .join('\n\n')}

/** Every key with its value in effect, as the core holds it; without what only the host keeps. */
export interface EffectiveConfig ${nested(core.effectiveConfig())}

${merged('unions').map(union).join('\n\n')}

${merged('classes').map(classOf).join('\n\n')}

${addon('CoreAddon', schemas[0])}

${addon('ProbeAddon', schemas[1])}

/** Places in the control block, and its length. */
export const slots = { ${slots.map(({ name, place }) => `${name}: ${place}`).join(', ')} } as const;
`;

const options = await prettier.resolveConfig(kFile);
const text = await prettier.format(source, { ...options, parser: 'typescript' });
const present = existsSync(kFile) ? readFileSync(kFile, 'utf8') : '';
if (present === text) process.exit(0);
if (process.argv.includes('--check')) {
  console.error('lib/native-types.generated.ts is out of date: node scripts/generate-native-types.mjs');
  process.exit(1);
}
writeFileSync(kFile, text);
console.log('wrote lib/native-types.generated.ts');

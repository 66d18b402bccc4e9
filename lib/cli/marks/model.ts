import { type MarkProvider, kDefaultOnceTable } from '../../tables/mark-migration';
import { bareName } from '../../tables/table-name';

const kFields: Readonly<Record<MarkProvider, readonly string[]>> = {
  postgresql: [
    'token   String   @id @db.Uuid',
    'at      DateTime @default(now()) @db.Timestamptz(6)',
    'refused Boolean  @default(false)',
    'result  Json?    @db.Json',
  ],
  mysql: [
    'token   String   @id @db.Char(36)',
    'at      DateTime @default(now()) @db.Timestamp(3)',
    'refused Boolean  @default(false)',
  ],
  sqlite: ['token   String   @id', 'at      DateTime @default(now())', 'refused Boolean  @default(false)'],
};

const kOnceFields: readonly string[] = [
  'key         String  @id @db.VarChar(255)',
  'fingerprint String? @db.VarChar(255)',
  'result      String?',
  'expiresAt   BigInt  @map("expires_at")',
  '',
  '@@index([expiresAt])',
];

/** For schema.prisma. The application never uses them. */
export function modelsFor(provider: MarkProvider, table: string): string {
  const once = kOnceFields.map((field) => (provider === 'sqlite' ? field.replace(/ @db\.\S+/, '') : field));
  return [
    model('ResilienceMark', kFields[provider], table),
    model('ResilienceOnce', provider === 'mysql' ? withLongText(once) : once, kDefaultOnceTable),
  ].join('\n');
}

function withLongText(fields: readonly string[]): string[] {
  return fields.map((field) => (field.startsWith('result') ? `${field} @db.LongText` : field));
}

function model(name: string, columns: readonly string[], table: string): string {
  const fields = [...columns, '', `@@map(${JSON.stringify(bareName(table))})`, '@@ignore'];
  return `model ${name} {\n${fields.map((field) => (field ? `  ${field}` : '')).join('\n')}\n}\n`;
}

import type { MarkProvider } from '../../adapter/verify/mark-migration';
import { bareName } from '../../adapter/verify/table-name';

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

/** For schema.prisma. The application never uses it. */
export function modelFor(provider: MarkProvider, table: string): string {
  const fields = [...kFields[provider], '', `@@map(${JSON.stringify(bareName(table))})`, '@@ignore'];
  return `model ResilienceMark {\n${fields.map((field) => (field ? `  ${field}` : '')).join('\n')}\n}\n`;
}

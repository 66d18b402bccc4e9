-- Tables of schema.prisma, as Prisma itself would make them; those of the ledger are in test/support/ledger.ts.
-- Run through `createSchema` of test/support/prisma.ts.

CREATE TYPE "Role" AS ENUM ('READER', 'AUTHOR', 'ADMIN');
CREATE TYPE "Color" AS ENUM ('RED', 'GREEN', 'BLUE');

CREATE TABLE "User" (
  "id" serial PRIMARY KEY,
  "email" text NOT NULL,
  "name" text,
  "role" "Role" NOT NULL DEFAULT 'READER',
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "User_email_key" ON "User" ("email");

CREATE TABLE "Profile" (
  "id" serial PRIMARY KEY,
  "bio" text NOT NULL,
  "userId" integer NOT NULL,
  CONSTRAINT "Profile_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "Profile_userId_key" ON "Profile" ("userId");

CREATE TABLE "Post" (
  "id" serial PRIMARY KEY,
  "title" text NOT NULL,
  "content" text,
  "published" boolean NOT NULL DEFAULT false,
  "views" integer NOT NULL DEFAULT 0,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL,
  "authorId" integer NOT NULL,
  CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "Tag" (
  "id" serial PRIMARY KEY,
  "name" text NOT NULL
);
CREATE UNIQUE INDEX "Tag_name_key" ON "Tag" ("name");

CREATE TABLE "_PostToTag" (
  "A" integer NOT NULL,
  "B" integer NOT NULL,
  CONSTRAINT "_PostToTag_AB_pkey" PRIMARY KEY ("A", "B"),
  CONSTRAINT "_PostToTag_A_fkey" FOREIGN KEY ("A") REFERENCES "Post" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "_PostToTag_B_fkey" FOREIGN KEY ("B") REFERENCES "Tag" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "_PostToTag_B_index" ON "_PostToTag" ("B");

CREATE TABLE "Team" (
  "id" text PRIMARY KEY,
  "name" text NOT NULL
);

CREATE TABLE "Membership" (
  "userId" integer NOT NULL,
  "teamId" text NOT NULL,
  "since" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Membership_pkey" PRIMARY KEY ("userId", "teamId"),
  CONSTRAINT "Membership_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "Membership_teamId_fkey" FOREIGN KEY ("teamId") REFERENCES "Team" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "Seat" (
  "row" text NOT NULL,
  "number" integer NOT NULL,
  "taken" boolean NOT NULL DEFAULT false,
  CONSTRAINT "Seat_pkey" PRIMARY KEY ("row", "number")
);

CREATE TABLE "Translation" (
  "id" bigserial PRIMARY KEY,
  "locale" text NOT NULL,
  "key" text NOT NULL,
  "text" text NOT NULL
);
CREATE UNIQUE INDEX "Translation_locale_key_key" ON "Translation" ("locale", "key");

CREATE TABLE "Everything" (
  "id" serial PRIMARY KEY,
  "string" text NOT NULL,
  "boolean" boolean NOT NULL,
  "int" integer NOT NULL,
  "bigInt" bigint NOT NULL,
  "float" double precision NOT NULL,
  "decimal" decimal(40, 12) NOT NULL,
  "dateTime" timestamp(3) NOT NULL,
  "date" date NOT NULL,
  "uuid" uuid NOT NULL,
  "json" jsonb NOT NULL,
  "bytes" bytea NOT NULL,
  "color" "Color" NOT NULL,
  "maybeString" text,
  "maybeBoolean" boolean,
  "maybeInt" integer,
  "maybeBigInt" bigint,
  "maybeFloat" double precision,
  "maybeDecimal" decimal(40, 12),
  "maybeDateTime" timestamp(3),
  "maybeDate" date,
  "maybeUuid" uuid,
  "maybeJson" jsonb,
  "maybeBytes" bytea,
  "maybeColor" "Color",
  "strings" text[],
  "booleans" boolean[],
  "ints" integer[],
  "bigInts" bigint[],
  "floats" double precision[],
  "decimals" decimal(40, 12)[],
  "dateTimes" timestamp(3)[],
  "uuids" uuid[],
  "jsons" jsonb[],
  "bytesList" bytea[],
  "colors" "Color"[]
);

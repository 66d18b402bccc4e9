CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
CREATE TABLE "User" (id serial PRIMARY KEY, email text UNIQUE NOT NULL, name text, role "Role" NOT NULL DEFAULT 'USER');
CREATE TABLE "Profile" (id serial PRIMARY KEY, bio text NOT NULL, "userId" int UNIQUE NOT NULL REFERENCES "User" (id));
CREATE TABLE "Post" (
  id serial PRIMARY KEY,
  title text NOT NULL,
  views int NOT NULL DEFAULT 0,
  "authorId" int REFERENCES "User" (id) ON DELETE SET NULL
);
CREATE TABLE "Tag" (id serial PRIMARY KEY, name text UNIQUE NOT NULL);
CREATE TABLE "_PostToTag" (
  "A" int NOT NULL REFERENCES "Post" (id) ON DELETE CASCADE,
  "B" int NOT NULL REFERENCES "Tag" (id) ON DELETE CASCADE,
  UNIQUE ("A", "B")
);
CREATE TABLE "Sample" (
  id int PRIMARY KEY,
  big bigint,
  "dec" decimal(65, 30),
  "float" double precision,
  bool boolean,
  at timestamp(3),
  bytes bytea,
  json jsonb
);
CREATE TABLE "Report" (id serial PRIMARY KEY, "on" text NOT NULL);
CREATE TABLE "Read" (id serial PRIMARY KEY);
CREATE TABLE "On" (id serial PRIMARY KEY);
CREATE TABLE "Shutdown" (id serial PRIMARY KEY);
CREATE TABLE "Then" (id serial PRIMARY KEY);
CREATE TABLE "Cache" (id serial PRIMARY KEY);
CREATE TABLE "$resilience" (id serial PRIMARY KEY, "$extends" text NOT NULL DEFAULT '$extends');

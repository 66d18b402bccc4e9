CREATE TABLE "User" (
  id int AUTO_INCREMENT PRIMARY KEY,
  email varchar(191) UNIQUE NOT NULL,
  name varchar(191),
  role enum('USER', 'ADMIN') NOT NULL DEFAULT 'USER'
);
CREATE TABLE "Profile" (
  id int AUTO_INCREMENT PRIMARY KEY,
  bio varchar(191) NOT NULL,
  "userId" int UNIQUE NOT NULL,
  FOREIGN KEY ("userId") REFERENCES "User" (id)
);
CREATE TABLE "Post" (
  id int AUTO_INCREMENT PRIMARY KEY,
  title varchar(191) NOT NULL,
  views int NOT NULL DEFAULT 0,
  "authorId" int,
  FOREIGN KEY ("authorId") REFERENCES "User" (id) ON DELETE SET NULL
);
CREATE TABLE "Tag" (id int AUTO_INCREMENT PRIMARY KEY, name varchar(191) UNIQUE NOT NULL);
CREATE TABLE "_PostToTag" (
  "A" int NOT NULL,
  "B" int NOT NULL,
  UNIQUE ("A", "B"),
  FOREIGN KEY ("A") REFERENCES "Post" (id) ON DELETE CASCADE,
  FOREIGN KEY ("B") REFERENCES "Tag" (id) ON DELETE CASCADE
);
CREATE TABLE "Sample" (
  id int PRIMARY KEY,
  big bigint,
  "dec" decimal(65, 30),
  "float" double,
  bool boolean,
  at datetime(3),
  bytes longblob,
  json json
);
CREATE TABLE "Report" (id int AUTO_INCREMENT PRIMARY KEY, "on" varchar(191) NOT NULL);
CREATE TABLE "Read" (id int AUTO_INCREMENT PRIMARY KEY);
CREATE TABLE "On" (id int AUTO_INCREMENT PRIMARY KEY);
CREATE TABLE "Shutdown" (id int AUTO_INCREMENT PRIMARY KEY);
CREATE TABLE "Then" (id int AUTO_INCREMENT PRIMARY KEY);
CREATE TABLE "Cache" (id int AUTO_INCREMENT PRIMARY KEY);
CREATE TABLE "$resilience" (
  id int AUTO_INCREMENT PRIMARY KEY,
  "$extends" varchar(191) NOT NULL DEFAULT '$extends'
);

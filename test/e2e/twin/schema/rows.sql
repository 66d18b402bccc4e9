INSERT INTO "User" (email, name, role) VALUES ('ada@x.org', 'Ada', 'ADMIN'), ('bob@x.org', NULL, 'USER'), ('cy@x.org', 'Cy', 'USER');
INSERT INTO "Profile" (bio, "userId") VALUES ('counts', 1);
INSERT INTO "Post" (title, views, "authorId") VALUES ('first', 10, 1), ('second', 1, 1), ('orphan', 0, NULL), ('of Bob', 5, 2);
INSERT INTO "Tag" (name) VALUES ('red'), ('blue');
INSERT INTO "_PostToTag" ("A", "B") VALUES (1, 1), (1, 2), (4, 2);
INSERT INTO "Report" ("on") VALUES ('us');

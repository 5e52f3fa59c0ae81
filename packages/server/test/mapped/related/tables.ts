/** The tables of both schemas beside this file. */
export const relatedTables: readonly string[] = [
  `CREATE TABLE "labels" ("id" INTEGER PRIMARY KEY, "name" TEXT NOT NULL)`,
  `CREATE TABLE "sleeves" ("id" TEXT PRIMARY KEY, "color" TEXT NOT NULL)`,
  `CREATE TABLE "albums" (
    "id" TEXT PRIMARY KEY, "name" TEXT NOT NULL CHECK ("name" <> 'forbidden'), "year" INTEGER,
    "label_id" INTEGER REFERENCES "labels"("id") ON DELETE SET NULL,
    "sleeve_id" TEXT UNIQUE REFERENCES "sleeves"("id") ON DELETE SET NULL)`,
  `CREATE TABLE "tracks" (
    "track_ref" TEXT PRIMARY KEY, "title" TEXT NOT NULL, "position" INTEGER UNIQUE,
    "album_id" TEXT REFERENCES "albums"("id") ON DELETE SET NULL ON UPDATE CASCADE,
    "remix_of" TEXT,
    UNIQUE ("title", "album_id"))`,
  `CREATE TABLE "covers" (
    "id" TEXT PRIMARY KEY, "image" TEXT NOT NULL,
    "album_id" TEXT UNIQUE REFERENCES "albums"("id") ON DELETE SET NULL)`,
  `CREATE TABLE "tags" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL UNIQUE)`,
  `CREATE TABLE "_AlbumToTag" (
    "A" TEXT NOT NULL REFERENCES "albums"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "B" TEXT NOT NULL REFERENCES "tags"("id") ON DELETE CASCADE ON UPDATE CASCADE, UNIQUE ("A", "B"))`,
]

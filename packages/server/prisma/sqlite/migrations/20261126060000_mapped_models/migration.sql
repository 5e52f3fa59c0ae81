-- CreateTable
CREATE TABLE "holdfast_homes" (
    "collection" TEXT NOT NULL,
    "record_id" TEXT NOT NULL,
    "scope" TEXT NOT NULL,

    PRIMARY KEY ("collection", "record_id", "scope")
);

-- CreateTable
CREATE TABLE "holdfast_touched" (
    "collection" TEXT NOT NULL,
    "record_id" TEXT NOT NULL,
    "mark" TEXT NOT NULL,
    "transaction_id" TEXT NOT NULL DEFAULT '',

    PRIMARY KEY ("collection", "record_id", "mark")
);

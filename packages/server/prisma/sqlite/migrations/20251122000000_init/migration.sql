-- CreateTable
CREATE TABLE "holdfast_scopes" (
    "scope" TEXT NOT NULL PRIMARY KEY,
    "head" BIGINT NOT NULL DEFAULT 0,
    "nonce" TEXT NOT NULL DEFAULT '',
    "pruned_to" BIGINT NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "holdfast_batches" (
    "scope" TEXT NOT NULL,
    "head" BIGINT NOT NULL,
    "nonce" TEXT NOT NULL,

    PRIMARY KEY ("scope", "head")
);

-- CreateTable
CREATE TABLE "holdfast_records" (
    "scope" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "record_id" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "born_seq" BIGINT NOT NULL,
    "deleted" BOOLEAN NOT NULL,
    "data" TEXT NOT NULL,
    "field_versions" TEXT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "updated_by" TEXT NOT NULL,

    PRIMARY KEY ("scope", "collection", "record_id")
);

-- CreateTable
CREATE TABLE "holdfast_clients" (
    "client_id" TEXT NOT NULL PRIMARY KEY,
    "user_id" TEXT NOT NULL,
    "instance" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "holdfast_watermarks" (
    "scope" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "watermark" BIGINT NOT NULL,

    PRIMARY KEY ("scope", "client_id")
);

-- CreateTable
CREATE TABLE "holdfast_operations" (
    "scope" TEXT NOT NULL,
    "operation_id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "client_seq" BIGINT NOT NULL,
    "user_id" TEXT NOT NULL,
    "payload_hash" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "record_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,
    "decided_at" BIGINT NOT NULL,

    PRIMARY KEY ("scope", "operation_id")
);

-- CreateTable
CREATE TABLE "holdfast_resends" (
    "scope" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "client_seq" BIGINT NOT NULL,
    "operation_id" TEXT NOT NULL,

    PRIMARY KEY ("scope", "client_id", "client_seq")
);

-- CreateIndex
CREATE INDEX "holdfast_records_scope_seq_idx" ON "holdfast_records"("scope", "seq");

-- CreateIndex
CREATE INDEX "holdfast_operations_scope_collection_record_id_idx" ON "holdfast_operations"("scope", "collection", "record_id");

-- CreateIndex
CREATE UNIQUE INDEX "holdfast_operations_scope_client_id_client_seq_key" ON "holdfast_operations"("scope", "client_id", "client_seq");

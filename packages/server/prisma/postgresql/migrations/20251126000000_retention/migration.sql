-- AlterTable
ALTER TABLE "holdfast_scopes" ADD COLUMN "pruned_before" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "holdfast_batches" ADD COLUMN "stored_at" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "holdfast_resends" ADD COLUMN "stored_at" BIGINT NOT NULL DEFAULT 0;

-- Nobody knows how old these are: they count as made now, so that nothing is forgotten too soon.
UPDATE "holdfast_batches" SET "stored_at" = (EXTRACT(EPOCH FROM now()) * 1000)::BIGINT;
UPDATE "holdfast_resends" SET "stored_at" = (EXTRACT(EPOCH FROM now()) * 1000)::BIGINT;

-- CreateIndex
CREATE INDEX "holdfast_operations_scope_decided_at_idx" ON "holdfast_operations"("scope", "decided_at");

-- CreateIndex
CREATE INDEX "holdfast_resends_scope_operation_id_idx" ON "holdfast_resends"("scope", "operation_id");

-- CreateTable
CREATE TABLE "holdfast_outbox" (
    "scope" TEXT NOT NULL,
    "head" BIGINT NOT NULL,
    "event" TEXT NOT NULL,
    "stored_at" BIGINT NOT NULL,
    "claimed_until" BIGINT NOT NULL DEFAULT 0,
    "claimed_by" TEXT NOT NULL DEFAULT '',
    "attempts" BIGINT NOT NULL DEFAULT 0,

    PRIMARY KEY ("scope", "head")
);

-- CreateIndex
CREATE INDEX "holdfast_outbox_stored_at_scope_head_idx" ON "holdfast_outbox"("stored_at", "scope", "head");

-- CreateTable
CREATE TABLE "members" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "token" TEXT NOT NULL,
    "crew" TEXT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "members_token_key" ON "members"("token");

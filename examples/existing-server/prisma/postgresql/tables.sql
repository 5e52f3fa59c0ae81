-- What the app's own migrations made.
CREATE TYPE "Role" AS ENUM ('viewer', 'clerk', 'manager');
CREATE TYPE "InvoiceStatus" AS ENUM ('draft', 'sent', 'paid');
CREATE TABLE "teams" ("id" TEXT NOT NULL PRIMARY KEY, "name" TEXT NOT NULL);
CREATE TABLE "users" ("id" TEXT NOT NULL PRIMARY KEY, "name" TEXT NOT NULL, "token" TEXT NOT NULL);
CREATE UNIQUE INDEX "users_token_key" ON "users"("token");
CREATE TABLE "members" (
  "team_id" TEXT NOT NULL REFERENCES "teams"("id"),
  "user_id" TEXT NOT NULL REFERENCES "users"("id"),
  "role" "Role" NOT NULL,
  PRIMARY KEY ("team_id", "user_id")
);
CREATE TABLE "customers" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "team_id" TEXT NOT NULL REFERENCES "teams"("id"),
  "name" TEXT NOT NULL,
  "email" TEXT
);
CREATE TABLE "invoices" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "team_id" TEXT NOT NULL REFERENCES "teams"("id"),
  "customer_id" TEXT NOT NULL REFERENCES "customers"("id"),
  "number" INTEGER NOT NULL,
  "title" TEXT NOT NULL,
  "status" "InvoiceStatus" NOT NULL DEFAULT 'draft',
  "discount" DECIMAL(12,2) NOT NULL DEFAULT 0,
  "due" TIMESTAMP(3),
  "risk_note" TEXT,
  "updated_at" TIMESTAMP(3) NOT NULL
);
CREATE UNIQUE INDEX "invoices_team_id_number_key" ON "invoices"("team_id", "number");
CREATE TABLE "invoice_lines" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "invoice_id" TEXT NOT NULL REFERENCES "invoices"("id") ON DELETE CASCADE,
  "label" TEXT NOT NULL,
  "quantity" INTEGER NOT NULL,
  "price" DECIMAL(12,2) NOT NULL,
  "amount" DECIMAL(12,2) GENERATED ALWAYS AS ("quantity" * "price") STORED
);

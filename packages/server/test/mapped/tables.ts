/** What the app's own migrations made, before anybody thought of sync. */
const types = {
  sqlite: { time: 'DATETIME', json: 'JSONB', bytes: 'BLOB', float: 'REAL', status: 'TEXT' },
  postgresql: {
    time: 'TIMESTAMP(3)',
    json: 'JSONB',
    bytes: 'BYTEA',
    float: 'DOUBLE PRECISION',
    status: '"InvoiceStatus"',
  },
} as const

export const appTables = (provider: keyof typeof types): readonly string[] => {
  const { time, json, bytes, float, status } = types[provider]
  const decimal = provider === 'sqlite' ? 'DECIMAL' : 'DECIMAL(12,2)'
  return [
    ...(provider === 'sqlite' ? [] : [`CREATE TYPE "InvoiceStatus" AS ENUM ('draft', 'sent', 'PAID')`]),
    `CREATE TABLE "teams" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL)`,
    `CREATE TABLE "customers" (
      "id" TEXT PRIMARY KEY, "team_id" TEXT NOT NULL REFERENCES "teams"("id"), "name" TEXT NOT NULL,
      "email" TEXT)`,
    `CREATE UNIQUE INDEX "customers_email_key" ON "customers"("email")`,
    `CREATE TABLE "invoices" (
      "id" TEXT PRIMARY KEY, "team_id" TEXT NOT NULL REFERENCES "teams"("id"),
      "customer_id" TEXT REFERENCES "customers"("id") ON DELETE RESTRICT,
      "number" INTEGER, "title" TEXT NOT NULL CHECK ("title" <> 'forbidden'),
      "status" ${status} NOT NULL DEFAULT 'draft', "total" ${decimal} NOT NULL DEFAULT 0,
      "rate" ${float} NOT NULL DEFAULT 1, "units" BIGINT NOT NULL DEFAULT 0,
      "paid" BOOLEAN NOT NULL DEFAULT FALSE, "due" ${time}, "meta" ${json}, "scan" ${bytes}, "internal_note" TEXT,
      "created_at" ${time} NOT NULL DEFAULT CURRENT_TIMESTAMP, "updated_at" ${time} NOT NULL)`,
    `CREATE UNIQUE INDEX "invoices_number_key" ON "invoices"("number")`,
    `CREATE UNIQUE INDEX "invoices_customer_id_internal_note_key" ON "invoices"("customer_id", "internal_note")`,
    `CREATE TABLE "invoice_lines" (
      "line_ref" TEXT PRIMARY KEY,
      "invoice_id" TEXT NOT NULL REFERENCES "invoices"("id") ON DELETE CASCADE,
      "text" TEXT NOT NULL, "quantity" INTEGER NOT NULL DEFAULT 1)`,
  ]
}

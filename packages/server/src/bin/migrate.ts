#!/usr/bin/env node
import { processContext } from '../command/process-context.ts'
import { runCommand } from '../command/run-command.ts'

/** `holdfast migrate` under its older name, which had a database of its own to fall back to. */
process.exitCode = await runCommand(['migrate', ...process.argv.slice(2)], {
  ...processContext(),
  // A package script runs in the package's folder; paths mean the caller's.
  cwd: process.env['INIT_CWD'] ?? process.cwd(),
  env: { DATABASE_URL: 'file:./dev.db', ...process.env },
})

#!/usr/bin/env node
import { processContext } from '../command/process-context.ts'
import { runCommand } from '../command/run-command.ts'

process.exitCode = await runCommand(process.argv.slice(2), processContext())

import express, { type Express } from 'express'
import { signedIn } from './auth.ts'
import type { Database } from './database.ts'
import { customerRoutes } from './routes/customers.ts'
import { answerErrors } from './routes/errors.ts'
import { invoiceRoutes } from './routes/invoices.ts'

export const createApp = async (database: Database): Promise<Express> => {
  const { prisma } = database
  const app = express()
  app.use('/teams/:team', express.json(), signedIn(prisma))
  app.use('/teams/:team/customers', customerRoutes(prisma))
  app.use('/teams/:team/invoices', invoiceRoutes(prisma))
  app.use(answerErrors)
  return app
}

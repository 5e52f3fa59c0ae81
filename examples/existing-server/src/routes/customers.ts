import { Router } from 'express'
import { z } from 'zod'
import type { PrismaClient } from '../../prisma/sqlite/generated/client.ts'
import { assertMayWrite, teamOf } from '../auth.ts'

const customerInput = z.object({ name: z.string().min(1), email: z.email().nullable().default(null) })

export const customerRoutes = (prisma: PrismaClient): Router => {
  const routes = Router()
  routes.get('/', async (_req, res) => {
    res.json(await prisma.customer.findMany({ where: { teamId: teamOf(res) }, orderBy: { name: 'asc' } }))
  })
  routes.post('/', async (req, res) => {
    assertMayWrite(res)
    const data = customerInput.parse(req.body)
    res.status(201).json(await prisma.customer.create({ data: { ...data, teamId: teamOf(res) } }))
  })
  return routes
}

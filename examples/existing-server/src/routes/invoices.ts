import { Router } from 'express'
import { z } from 'zod'
import type { PrismaClient } from '../../prisma/sqlite/generated/client.ts'
import { assertMayWrite, teamOf } from '../auth.ts'

const lineInput = z.object({
  label: z.string().min(1),
  quantity: z.int().positive(),
  price: z.string().regex(/^\d+(\.\d{1,2})?$/),
})

const invoicePatch = z.object({
  title: z.string().min(1).exactOptional(),
  status: z.enum(['draft', 'sent', 'paid']).exactOptional(),
  discount: z
    .string()
    .regex(/^\d+(\.\d{1,2})?$/)
    .exactOptional(),
  due: z.iso.datetime().nullable().exactOptional(),
})

const invoiceInput = invoicePatch.extend({
  customerId: z.string(),
  number: z.int().positive(),
  title: z.string().min(1),
  lines: z.array(lineInput).default([]),
})

export const invoiceRoutes = (prisma: PrismaClient): Router => {
  const routes = Router()
  routes.get('/', async (_req, res) => {
    const where = { teamId: teamOf(res) }
    res.json(await prisma.invoice.findMany({ where, orderBy: { number: 'asc' }, include: { lines: true } }))
  })
  routes.post('/', async (req, res) => {
    const { lines, ...data } = invoiceInput.parse(req.body)
    assertMayWrite(res, { pays: data.status === 'paid' })
    const teamId = teamOf(res)
    await prisma.customer.findFirstOrThrow({ where: { id: data.customerId, teamId } })
    const invoice = await prisma.invoice.create({ data: { ...data, teamId, lines: { create: lines } } })
    res.status(201).json(invoice)
  })
  routes.patch('/:id', async (req, res) => {
    const data = invoicePatch.parse(req.body)
    assertMayWrite(res, { pays: data.status === 'paid' })
    res.json(await prisma.invoice.update({ where: { id: req.params.id, teamId: teamOf(res) }, data }))
  })
  routes.delete('/:id', async (req, res) => {
    assertMayWrite(res, { deletes: true })
    await prisma.invoice.delete({ where: { id: req.params.id, teamId: teamOf(res) } })
    res.status(204).end()
  })
  return routes
}

export { createSyncRouter } from '@holdfast/server'

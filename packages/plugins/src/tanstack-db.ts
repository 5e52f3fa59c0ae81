export {
  holdfastCollection,
  type HoldfastCollectionConfig,
  type HoldfastCollectionOptions,
} from './tanstack-db/holdfast-collection.ts'

export { inspectable, type InspectableApi, type InspectableOptions } from './inspector/inspectable.ts'

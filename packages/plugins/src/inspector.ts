export { defineInspector, type InspectorElement } from './inspector/element.ts'
export type { InspectedClient, InspectedCollection } from './inspector/inspected-client.ts'
export type { Figures, TraceDocument, TraceEvent } from './inspector/trace.ts'

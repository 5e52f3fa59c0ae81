import { createRoot } from 'react-dom/client'
import { deviceOf } from '../client/device.ts'
import { App } from './app.tsx'

const root = document.getElementById('root')
if (root !== null) {
  const parameters = new URLSearchParams(location.search)
  const suggested = parameters.get('user') ?? undefined
  createRoot(root).render(<App device={deviceOf(location.search)} suggested={suggested} />)
}

// Without one (a page that is not secure, say) the app works, and does not start offline.
navigator.serviceWorker?.register('/service-worker.js').catch(() => undefined)

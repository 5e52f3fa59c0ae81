import { createRoot } from 'react-dom/client'
import { deviceOf } from '../client/device.ts'
import { watchAppVersion } from '../client/app-version.ts'
import { App } from './app.tsx'

const root = document.getElementById('root')
if (root !== null) {
  const parameters = new URLSearchParams(location.search)
  const suggested = parameters.get('user') ?? undefined
  const version = watchAppVersion()
  createRoot(root).render(<App device={deviceOf(location.search)} suggested={suggested} version={version} />)
}

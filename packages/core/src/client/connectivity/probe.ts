import { SyncError } from '../../base/errors.ts'
import { systemEnvironment, systemFetch } from '../../base/system-environment.ts'
import type { Connectivity } from '../../engine/scope-engine.ts'
import { checkProbeOptions, createProber, type Probe, type ProbeOptions } from './prober.ts'
import { sharedSignal } from './shared-signal.ts'

export interface ProbeConnectivityOptions extends ProbeOptions {
  /** Asks the app's own server, e.g. `httpProbe('https://app.example/health')`. */
  readonly probe: Probe
  /** Milliseconds between probes while there is a network. Default 30,000. */
  readonly every?: number
}

/**
 * Connectivity by asking, for Node and wherever nobody tells of changes. Asks while somebody subscribes, a client that
 * is open, and takes for granted until the first answer that there is a network.
 * @throws SyncError MISCONFIGURED
 */
export const probeConnectivity = (options: ProbeConnectivityOptions): Connectivity => {
  const { every = 30_000, environment = systemEnvironment } = options
  checkProbeOptions(options)
  // What can't be asked would be no network, for good.
  if (typeof options.probe !== 'function')
    throw new SyncError('MISCONFIGURED', 'probe must be a function, such as httpProbe(url).', {
      option: 'probe',
    })
  return sharedSignal(true, (tell) => {
    const prober = createProber({ ...options, every, environment, tell })
    prober.ask()
    return prober.stop
  })
}

/**
 * A HEAD request that has to be answered with success. A redirection counts as failure: hotels answer in the server's
 * name. Of another origin the server has to allow it (CORS).
 */
export const httpProbe =
  (url: string, request: typeof globalThis.fetch = systemFetch): Probe =>
  async (signal) => {
    const { ok } = await request(url, { method: 'HEAD', cache: 'no-store', redirect: 'error', signal })
    return ok
  }

/** Stands for `node:perf_hooks`, which the server's metrics take. No simulated server has metrics. */
export const monitorEventLoopDelay = (): never => {
  throw new Error('There is no event loop of Node here.')
}

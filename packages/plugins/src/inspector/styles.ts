/** Colors are named for what they say; each pair of text and ground has a contrast of 4.5 or more, in light and dark. */
export const styles = `
:host {
  --ground: #fafaf9; --surface: #ffffff; --ink: #1f2328; --soft: #57606a; --line: #dcdfe3;
  --accent: #0b5cad; --accent-ground: #e8f1fa; --good: #17663a; --good-ground: #e6f4ec;
  --attention: #7d4a00; --attention-ground: #fbf0dc; --bad: #a3201a; --bad-ground: #fbe9e7;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  display: block; container-type: inline-size; color-scheme: light dark;
  background: var(--ground); color: var(--ink); border: 1px solid var(--line); border-radius: 10px;
  font: 13px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; font-variant-numeric: tabular-nums;
  overflow: hidden;
}
@media (prefers-color-scheme: dark) {
  :host {
    --ground: #15171a; --surface: #1c1f23; --ink: #e6e8ea; --soft: #a4acb5; --line: #343a41;
    --accent: #82bbff; --accent-ground: #17293d; --good: #82d3a3; --good-ground: #14291d;
    --attention: #e8b860; --attention-ground: #2e2412; --bad: #ff9f97; --bad-ground: #351b1a;
  }
}
:host([hidden]), [hidden] { display: none !important }
* { box-sizing: border-box }
h2, h3, p, ul, ol, dl, dd, pre { margin: 0; padding: 0 }
ul, ol { list-style: none }
h2 { font-size: 13px; font-weight: 600; letter-spacing: .01em }
h3 { font-size: 12px; font-weight: 600; color: var(--soft) }
header { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; padding: 10px 14px 8px }
header .actions { margin-inline-start: auto; display: flex; gap: 6px }
button {
  font: inherit; color: var(--ink); background: var(--surface); border: 1px solid var(--line);
  border-radius: 6px; padding: 3px 10px; min-height: 28px; cursor: pointer;
}
button:hover { border-color: var(--soft) }
button.danger { color: var(--bad) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
[role=tablist] {
  display: flex; flex-wrap: wrap; gap: 0 2px; padding: 0 8px; border-bottom: 1px solid var(--line);
}
[role=tab] {
  border: 0; border-bottom: 2px solid transparent; border-radius: 4px 4px 0 0; background: none;
  padding: 6px 8px; color: var(--soft);
}
[role=tab][aria-selected=true] { color: var(--ink); border-bottom-color: var(--accent); font-weight: 600 }
[role=tab]:focus-visible { outline-offset: -2px }
.count {
  display: inline-block; min-width: 18px; margin-inline-start: 5px; padding: 0 5px; border-radius: 9px;
  background: var(--accent-ground); color: var(--accent); font-size: 11px; font-weight: 600; text-align: center;
}
[role=tabpanel] { padding: 14px; max-height: min(70vh, 560px); overflow: auto; display: grid; gap: 14px }
[role=tabpanel] > * { min-width: 0 }
.said { padding: 6px 14px; min-height: 31px; border-top: 1px solid var(--line); color: var(--soft) }
.chip { display: inline-block; padding: 1px 8px; border-radius: 9px; font-size: 12px; font-weight: 600;
  background: var(--accent-ground); color: var(--accent) }
.good { background: var(--good-ground); color: var(--good) }
.attention { background: var(--attention-ground); color: var(--attention) }
.bad { background: var(--bad-ground); color: var(--bad) }
.soft { color: var(--soft) }
.code, time { font-family: var(--mono); font-size: 12px; overflow-wrap: anywhere }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 8px }
.figures div { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 7px 10px }
.figures dt { color: var(--soft); font-size: 12px }
.figures dd { font-size: 18px; font-weight: 600; line-height: 1.3 }
.rows { display: grid; gap: 8px }
.rows > li { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 9px 12px; display: grid; gap: 5px; min-width: 0 }
.line { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center }
.line .actions { margin-inline-start: auto; display: flex; gap: 6px }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 8px }
pre { font: 12px/1.45 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; background: var(--ground);
  border: 1px solid var(--line); border-radius: 6px; padding: 6px 8px }
.events > li { display: grid; grid-template-columns: auto 92px 1fr; gap: 2px 10px; padding: 4px 0; border-bottom: 1px solid var(--line) }
.events .text { overflow-wrap: anywhere }
label { display: inline-flex; gap: 6px; align-items: center; color: var(--soft) }
select, input { font: inherit; color: var(--ink); background: var(--surface); border: 1px solid var(--line); border-radius: 6px; padding: 3px 8px; min-height: 28px }
.drawing { display: grid; justify-items: center }
.machine { width: 100%; max-width: 460px; height: auto }
.machine .node { fill: var(--surface); stroke: var(--line); stroke-width: 1.2 }
.machine .edge { stroke: var(--line); stroke-width: 1.4 }
.machine .edge.taken { stroke: var(--accent); stroke-width: 2 }
.machine text { fill: var(--soft); font: 12px system-ui, sans-serif; text-anchor: middle; dominant-baseline: central }
.machine .current .node { fill: var(--accent-ground); stroke: var(--accent); stroke-width: 2 }
.machine .current text { fill: var(--accent); font-weight: 600 }
details > summary { cursor: pointer; color: var(--soft) }
@container (max-width: 420px) {
  [role=tabpanel] { padding: 12px }
  .events > li { grid-template-columns: auto 1fr }
  .events .text { grid-column: 1 / -1 }
}
@media (prefers-reduced-motion: no-preference) { .machine .node { transition: fill .2s, stroke .2s } }
`

"""The report's style sheet."""

CSS = """
:root { --paper: #fbfaf7; --card: #fff; --ink: #1c1b19; --soft: #6b675f; --line: #e4e0d8;
  --blue: #1d4ed8; --rust: #b03a1a; --green: #166534; }
@media (prefers-color-scheme: dark) { :root { --paper: #161513; --card: #201e1b; --ink: #f1eee8;
  --soft: #a8a297; --line: #37342f;
  --blue: #8ab0ff; --rust: #f19a7c; --green: #7fd39a; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif }
main { max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem }
h1 { font-size: clamp(2.4rem, 8vw, 4rem); line-height: 1.05; margin: .1em 0 .25em;
  letter-spacing: -.025em; font-variant-numeric: tabular-nums }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .5rem; letter-spacing: -.01em }
p { margin: .25rem 0 1rem; max-width: 42rem } header p { font-size: 1.05rem }
.kicker { color: var(--soft); margin: 0 }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem;
  margin: 1.5rem 0 }
.cards div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .8rem 1rem }
.cards dt, .cards small { color: var(--soft); font-size: .85rem }
.cards dd { margin: 0; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr));
  gap: 1rem }
.pair figure { margin: 0; background: var(--card); border: 1px solid var(--line);
  border-radius: .6rem; padding: .9rem }
.pair figcaption { font-size: .85rem; color: var(--soft) }
svg { width: 100%; height: auto; display: block } svg text { fill: var(--soft); font-size: 11px }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(5.6rem, 1fr)); gap: .75rem }
.tiles figure { margin: 0; background: var(--card); border: 1px solid var(--line);
  border-top: 3px solid var(--green); border-radius: .5rem; padding: .5rem }
.tiles .wrong { border-top-color: var(--rust) }
.tiles img { width: 100%; image-rendering: pixelated; border-radius: .25rem; display: block }
.tiles figcaption { font-size: .78rem; color: var(--soft); display: grid; margin-top: .35rem;
  overflow-wrap: anywhere } .tiles b { color: var(--ink); font-size: .95rem }
.tiles .wrong b { color: var(--rust) } .share { white-space: nowrap }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums;
  background: var(--card) }
th, td { padding: .4rem .65rem; border: 1px solid var(--line); text-align: right;
  font-weight: 400 } td { white-space: nowrap } th { color: var(--soft) }
.confusion td, .confusion th { min-width: 3rem; text-align: center }
.hit { color: var(--green); font-weight: 600 }
.miss { background: color-mix(in srgb, var(--rust) var(--s), var(--card)); color: var(--ink);
  font-weight: 600 }
.facts { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1rem; font-size: .9rem }
.facts dt { color: var(--soft) } .facts dd { margin: 0; overflow-wrap: anywhere }
@media (max-width: 30rem) { .facts { grid-template-columns: 1fr }
  .facts dd { margin-bottom: .5rem } th, td { padding: .35rem .45rem }
.confusion td { min-width: 2.2rem } }
"""

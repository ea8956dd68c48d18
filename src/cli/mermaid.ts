/** Who notifies whom as a Mermaid flowchart. */
import type { Path } from './map.js'
import { printable } from './text.js'

/**
 * A node for each sender and each target, and an arrow for each way between them, with its methods: a thin one where the
 * caller waits (a group), a thick one where the message is recorded first (an outbox).
 */
export function mermaid(paths: readonly Path[]): string {
  const nodes = new Map<string, string>()
  const lines: string[] = []
  const node = (key: string, label: string): string => {
    let id = nodes.get(key)
    if (id === undefined) {
      id = `n${nodes.size}`
      nodes.set(key, id)
      lines.push(`  ${id}["${label}"]`)
    }
    return id
  }
  const arrows = new Map<string, Set<string>>()
  for (const { from, method, target, url, how } of paths) {
    const sender = node(`from ${from}`, escaped(from))
    const receiver = node(`to ${target} ${url}`, `${escaped(target)}<br/>${escaped(url)}`)
    const ends = `${sender} ${how === 'outbox' ? '==>' : '-->'} ${receiver}`
    const methods = arrows.get(ends) ?? new Set()
    arrows.set(ends, methods.add(escaped(method)))
  }
  for (const [ends, methods] of arrows) {
    const [sender, arrow, receiver] = ends.split(' ')
    lines.push(`  ${sender} ${arrow}|"${[...methods].join('<br/>')}"| ${receiver}`)
  }
  return `flowchart LR\n${lines.join('\n')}\n`
}

/** As Mermaid's entities: what would end a label, or be taken for HTML, Markdown or an entity. */
const escaped = (text: string): string =>
  printable(text).replace(/["#&<>`\\]/g, character => `#${character.codePointAt(0)};`)

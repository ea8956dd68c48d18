// The demo: it holds what it claims, and says so where it does not.
import { describe, expect, it } from 'vitest'
import { paintFor } from '../../examples/dailyfeed/demo/paint.js'
import { play, scenarios } from '../../examples/dailyfeed/demo/play.js'
import { type Scenario, SUMMARY } from '../../examples/dailyfeed/demo/scenario.js'

async function watch(program?: readonly Scenario[], colour = false) {
  const lines: string[] = []
  const broken = await play(line => lines.push(line), paintFor(colour), program)
  return { lines, broken, text: lines.join('\n') }
}

describe('the demo', () => {
  it('shows all 23 methods and each bug as impossible, and holds every claim', {
    timeout: 30_000,
  }, async () => {
    const { broken, text } = await watch()
    expect(broken).toEqual([])
    expect(text).not.toContain('✗')
    expect(text).not.toContain('\u001b')
    expect(text).toMatch(
      / GET \/api\/members\/summary +wire: 500 \(no body\) +caller got: ServiceUnavailable \(500\)/,
    )
    const bugs = ['B1', 'B2', 'B3', 'B8', 'B9', 'B10', 'B11', 'B12', 'B13', 'B16', 'B17']
    for (const number of [...bugs, 'A11', 'A12', 'A13', 'A18', 'A15']) {
      expect(text).toMatch(new RegExp(`\n${number}  .+\n  dailyfeed: .+\n  Here: .+\n  ✓`))
    }
    expect(scenarios).toHaveLength(20)
  })

  it('notes every claim that does not hold, and goes on', async () => {
    const { broken, text } = await watch([
      {
        ...{ title: 'first', here: 'It claims too much.' },
        async run(stage, { legacy: { feed, clients } }) {
          const service = feed.member
          const call = () => clients.member.getMyProfileSummary('t1')
          await stage.call({ service, call, gets: ({ body }) => body.memberId === 2 })
          await stage.call({ service, call, gets: { error: Error } })
          await stage.call({ service, call, wire: 201, gets: () => true })
          await stage.call({ service, call, gets: () => true, fault: [SUMMARY, { status: 500 }] })
          await stage.call({
            service,
            call: () => Promise.reject(new Error('early')),
            gets: { error: Error },
          })
        },
      },
      { title: 'second', here: 'It breaks off.', run: () => Promise.reject(new Error('oh')) },
      { title: 'third', here: 'It holds.', run: async stage => stage.claim('yes', true) },
    ])
    expect(broken).toHaveLength(6)
    expect(broken[3]).toMatch(/^first: member .+ caller got: ServiceUnavailable \(500\), attempts 1$/)
    expect(broken[4]).toBe(
      `first: ${'member   nothing was sent'.padEnd(57)} ${' '.repeat(29)} caller got: Error: early`,
    )
    expect(broken[5]).toBe('second: the scenario broke off: Error: oh')
    expect(text).toContain('✓ yes')
  })

  it('has colour only where it is wanted', async () => {
    const { lines } = await watch(
      [{ title: 'one', here: 'x', run: async stage => stage.claim('y', true) }],
      true,
    )
    expect(lines).toEqual(['\n\u001b[1mone\u001b[22m', '  x', '  \u001b[32m✓\u001b[39m y'])
  })
})

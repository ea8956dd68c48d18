/** All faults by their names: `faults.resetBeforeAnswer`, `faults.json({ id: 7 })`. */
export * from './fault-answers.js'
export * from './fault-connections.js'
export * from './fault-framing.js'

// One process of the soak: started, killed without warning at a random moment, started again.
import { fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export class Haunted {
  /** How often it was killed. */
  kills = 0
  /** What it was told and has not answered. */
  outstanding = new Set()
  isReady = false
  #module
  #settings
  #random
  #child
  #ready
  #ended
  #killing = false
  #over = false

  /** @param hear is told what the process says, and `ended` with what it left unanswered. */
  constructor(module, settings, { random, hear, ended, crashed }) {
    Object.assign(this, { hear, ended, crashed })
    this.#module = new URL(module, import.meta.url)
    this.#settings = settings
    this.#random = random
    this.#start()
  }

  say(number) {
    this.outstanding.add(number)
    // One that ends just now has not heard it.
    this.#child.send(number, () => {})
  }

  /** Kills it so many times, each time when it has worked for up to `longest` milliseconds. */
  async haunt(times, longest) {
    while (this.kills < times && !this.#over) {
      await this.#ready
      await sleep(this.#random() * longest, undefined, { ref: false })
      if (this.#over) return
      this.kills++
      this.#killing = true
      this.#child.kill('SIGKILL')
      await this.#ended
      this.#start()
    }
  }

  /** Lets it end; it has five seconds. */
  async stop() {
    this.#over = true
    if (this.#child.connected) this.#child.disconnect()
    const timer = setTimeout(() => this.end(), 5_000)
    await this.#ended
    clearTimeout(timer)
  }

  end() {
    this.#child.kill('SIGKILL')
  }

  #start() {
    if (this.#over) return
    this.#killing = false
    const settings = JSON.stringify({ ...this.#settings, life: this.kills })
    const child = fork(this.#module, [settings])
    this.#child = child
    this.#ready = new Promise(resolve => {
      child.on('message', message => {
        if (message === 'ready') {
          this.isReady = true
          resolve()
        } else {
          this.outstanding.delete(message.number)
        }
        this.hear(message)
      })
      child.once('exit', resolve)
    })
    this.#ended = new Promise(resolve => {
      child.once('exit', (code, signal) => {
        this.isReady = false
        const left = [...this.outstanding]
        this.outstanding.clear()
        if (!this.#killing && !this.#over)
          this.crashed(`${this.#module.pathname.split('/').at(-1)}: ${code ?? signal}`)
        this.ended(left)
        resolve()
      })
    })
  }
}

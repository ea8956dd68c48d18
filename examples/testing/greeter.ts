// What is tested: a class that calls the service, and has something to say whatever becomes of the call.
import { GuiseError } from 'guise'
import { type MemberClient, NameTaken } from './members.js'

export class Greeter {
  readonly #members: MemberClient

  constructor(members: MemberClient) {
    this.#members = members
  }

  /** A greeting is no reason to fail: without the service it has no name in it. */
  async greet(id: number): Promise<string> {
    try {
      const member = await this.#members.byId(id)
      return member === null ? 'Hello, stranger' : `Hello, ${member.name}`
    } catch (error) {
      if (error instanceof GuiseError && error.code !== 'GUISE_ARGUMENT') return 'Hello'
      throw error
    }
  }

  /** Finds a name that is free: `kim`, `kim2`, `kim3`. */
  async welcome(name: string): Promise<string> {
    for (let number = 1; number <= 3; number++) {
      try {
        const member = await this.#members.create({ name: number === 1 ? name : name + number })
        return `Welcome, ${member.name}`
      } catch (error) {
        if (!(error instanceof NameTaken)) throw error
      }
    }
    return `Sorry, ${name}`
  }
}

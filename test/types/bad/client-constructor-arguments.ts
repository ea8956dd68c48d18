/** The class is made without arguments. */
// expect: Target signature provides too few arguments. Expected 1 or more, but got 0
import { createClient } from 'guise'

class Members {
  constructor(readonly url: string) {}
}

createClient(Members, { url: 'http://h' }) // <- here

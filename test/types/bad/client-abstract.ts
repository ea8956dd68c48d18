/** An abstract class cannot be made. */
// expect: Cannot assign an abstract constructor type to a non-abstract constructor type
import { createClient } from 'guise'

abstract class Members {
  abstract byId(id: number): Promise<string>
}

createClient(Members, { url: 'http://h' }) // <- here

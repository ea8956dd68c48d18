/** An abstract class cannot be made. */
// expect: Cannot assign an abstract constructor type to a non-abstract constructor type
import { HttpError, throws } from 'guise'

abstract class Fault extends HttpError {}

export const entry = throws(Fault) // <- here

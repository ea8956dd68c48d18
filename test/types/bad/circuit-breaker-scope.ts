/** A circuit breaker has no such scope. */
// expect: Type '"host"' is not assignable to type
import { CircuitBreaker } from 'guise'

@CircuitBreaker({ scope: 'host' }) // <- here
export class Members {}

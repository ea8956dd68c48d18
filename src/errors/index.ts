/** The error family, public as a whole. */
export {
  ArgumentError,
  type ArgumentFacts,
  BulkheadFullError,
  CircuitOpenError,
  type CircuitOpenFacts,
  ConnectionError,
  type ConnectionFacts,
  TimeoutError,
  type TimeoutFacts,
  type TimeoutPhase,
} from './call-errors.js'
export { DeclarationError, type Mistake } from './declaration-error.js'
export {
  type AttemptRecord,
  type CallFacts,
  type Delivery,
  type ErrorCode,
  GuiseError,
  type RequestSummary,
} from './guise-error.js'
export {
  DecodeError,
  type DecodeFacts,
  HttpError,
  type ResponseFacts,
  ResponseValidationError,
  type ResponseValidationFacts,
} from './response-errors.js'

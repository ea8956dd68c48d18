/** The contract room's door. */
export type {
  HeaderContract,
  MethodContract,
  ParameterContract,
  QueryItem,
  Route,
  ServiceClass,
  ServiceContract,
} from './contract.js'
export { headerNameMistake, headerValueMistake, isListHeader, isMediaType } from './headers.js'
export { nearest } from './nearest.js'
export { contractOf } from './read.js'
export { entriesFor, namesSuccess } from './responses.js'
export { expressionsOf } from './route.js'

/** The encoding room's door. */
export { type Encoder, type EncodeSettings, encoderOf, summaryOf } from './encoder.js'
export { type Target, targetOf } from './url.js'

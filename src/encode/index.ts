/** The encoding room's door. */
export { Encoder, type EncodeSettings, summaryOf } from './encoder.js'
export { type Target, targetOf } from './url.js'

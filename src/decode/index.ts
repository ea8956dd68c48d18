/** The decoding room's door. */
export { type Decoder, decoderOf } from './decoder.js'

/** Percent-encoding: what stays and what does not. */
import { describe, expect, it } from 'vitest'
import { encodeReserved, encodeUnreserved } from '../../src/template/encode.js'

const unreserved = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'
const reserved = ":/?#[]@!$&'()*+,;="
const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
const triplet = (character: string) =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

describe('encodeUnreserved', () => {
  it('leaves the unreserved characters of ASCII and writes all others as triplets', () => {
    const expected = ascii.map(character => (unreserved.includes(character) ? character : triplet(character)))
    expect(ascii.map(encodeUnreserved)).toEqual(expected)
  })

  it('writes UTF-8 octets, alone and within ASCII', () => {
    expect(encodeUnreserved('é한😀')).toBe('%C3%A9%ED%95%9C%F0%9F%98%80')
    expect(encodeUnreserved('a/é b😀')).toBe('a%2F%C3%A9%20b%F0%9F%98%80')
  })

  it('encodes the percent sign of what looks like a triplet', () => {
    expect(encodeUnreserved('a%2Fb%')).toBe('a%252Fb%25')
  })

  it('fails on a lone surrogate', () => {
    expect(() => encodeUnreserved('a\ud800')).toThrow(URIError)
  })
})

describe('encodeReserved', () => {
  it('leaves the unreserved and reserved characters of ASCII and writes all others as triplets', () => {
    const kept = unreserved + reserved
    const expected = ascii.map(character => (kept.includes(character) ? character : triplet(character)))
    expect(ascii.map(encodeReserved)).toEqual(expected)
  })

  it('keeps triplets as they are, whatever the case of their digits', () => {
    expect(encodeReserved('%2F%2f%C3%a9 %5B')).toBe('%2F%2f%C3%a9%20%5B')
  })

  it('encodes a percent sign that begins no triplet', () => {
    expect(encodeReserved('%')).toBe('%25')
    expect(encodeReserved('%4')).toBe('%254')
    expect(encodeReserved('%%41')).toBe('%25%41')
    expect(encodeReserved('%4é')).toBe('%254%C3%A9')
    expect(encodeReserved('%zz%foo')).toBe('%25zz%25foo')
  })

  it('fails on a lone surrogate', () => {
    expect(() => encodeReserved('/\udfff')).toThrow(URIError)
  })
})

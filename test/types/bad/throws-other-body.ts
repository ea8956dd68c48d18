/** The schema gives another body than the class wants. */
// expect: Property 'title' is missing in type '{ id: number; name: string; }'
import { throws } from 'guise'
import { Member, NameTaken } from '../fixtures.js'

export const entry = throws(NameTaken, Member) // <- here

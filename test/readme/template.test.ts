/** The README's URI template. */
import { parseTemplate } from 'guise/template'

const users = parseTemplate('/users{/id}{?page,size}')
users.expand({ id: 'a/b', page: 2 }) // '/users/a%2Fb?page=2'

import { expect, test } from 'vitest'

test('a template expands as the README says', () => {
  expect(users.expand({ id: 'a/b', page: 2 })).toBe('/users/a%2Fb?page=2')
})

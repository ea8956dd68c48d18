/** What is taken for a credential, wherever a test tool shows or writes a call: by its name, for its value tells nothing. */

/** Stands where a credential stood. */
export const REDACTED = '[redacted]'

/** In lower case, without dashes and underscores. The token of a page opens nothing. */
const SECRET =
  /(?:password|passwd|passphrase|secret|(?<!page|next|continuation|sync|cursor)token|apikey|privatekey|credentials?|authorization|cookie)$/
const QUERY = new Set(['key', 'sig', 'signature'])

const plain = (name: string): string => name.toLowerCase().replace(/[-_]/g, '')

/** Whether a header, a member of an object or a part of this name holds a credential. */
export const isSecret = (name: string): boolean => SECRET.test(plain(name))

export const isSecretHeader = isSecret

/** Query parameters have short names for signatures and keys as well. */
export const isSecretParameter = (name: string): boolean => QUERY.has(plain(name)) || isSecret(name)

/** A query or a form, `a=1&token=x`, with credentials and what is listed replaced; all else is kept to the letter. */
export function redactPairs(pairs: string, listed: readonly string[] = []): string {
  const redacted = pairs.split('&').map(pair => {
    const at = pair.indexOf('=')
    const name = decoded(pair.slice(0, Math.max(0, at)))
    return isSecretParameter(name) || listed.includes(name) ? `${pair.slice(0, at)}=${REDACTED}` : pair
  })
  return redacted.join('&')
}

/** A URL or a path, with the credentials of its query and of its user replaced. */
export function redactUrl(url: string): string {
  const [beforeFragment = '', ...fragment] = url.split('#')
  const at = beforeFragment.indexOf('?')
  const path = at < 0 ? beforeFragment : beforeFragment.slice(0, at)
  const query = at < 0 ? '' : `?${redactPairs(beforeFragment.slice(at + 1))}`
  const address = path.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/]*@/i, `$1${REDACTED}@`)
  return address + query + (fragment.length === 0 ? '' : `#${redactPairs(fragment.join('#'))}`)
}

/** The value of a header as it may be shown. */
export function redactHeader(name: string, value: string): string {
  if (isSecretHeader(name)) return REDACTED
  return /^(?:location|content-location|referer|link|refresh)$/i.test(name) ? redactUrl(value) : value
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** A path whose segments are filled from a template: those of variables with the name of a credential are replaced. */
export function redactPath(path: string, template: string): string {
  const url = redactUrl(path)
  const at = url.indexOf('?')
  const segments = (at < 0 ? url : url.slice(0, at)).split('/')
  const declared = (template.split(/[?#]|\{[?&#]/, 1)[0] as string).split('/')
  // A client's base URL stands in front, so they are laid upon each other from their ends.
  for (let back = 1; back <= Math.min(segments.length, declared.length); back++) {
    const name = /^\{\+?([\w.-]+)\}$/.exec(declared.at(-back) as string)?.[1]
    if (name !== undefined && isSecretParameter(name)) segments[segments.length - back] = REDACTED
  }
  return segments.join('/') + (at < 0 ? '' : url.slice(at))
}

/**
 * Where guise differs from Feign or Retrofit, and why. `instead` is what guise does: the test fails if it does anything
 * else, and if the case has come to pass.
 */

export interface Difference {
  /**
   * `features 0.n`: one of the behaviours of Feign that must not be copied. `design n`: a rule of that section of the
   * design. `reliability n.n, row n`: a row of that table. `Java artefact`: it has no meaning in TypeScript. `later issue`: guise does not have it yet.
   */
  readonly reason: string
  /** Left out only where guise has nothing that could run the case. */
  readonly instead?: RegExp
}

const sends = (what: string) => new RegExp(`^guise sends ${what}`)
const refuses = (what: string) => new RegExp(`^guise refuses it: [^]*${what}`)

export const differences: ReadonlyMap<string, Difference> = new Map([
  ...because('design 2: templates are RFC 6570, whose variables have no regular expression', {
    'feign-uri-template-009': /^a brace is not closed before the next is opened .* "\{foo:\[0-9\]\{4\}"/,
    'feign-uri-template-tostring-001': /^a prefix length is a number from 1 to 9999 .* "\{baz:\[0-9\]\}"/,
    'feign-expression-003': /^a prefix length is a number from 1 to 9999 .* "\{id:\[0-9\]\+\}"/,
  }),
  ...because('design 3: a malformed template throws, where Feign takes it for a literal', {
    'feign-uri-template-018': /^a brace is closed that was not opened/,
    'feign-expression-001': /^a prefix length is a number from 1 to 9999 .* "\{a:\[\}"/,
    'feign-expression-002': /^a prefix length is a number from 1 to 9999 .* "\{a:\(\}"/,
  }),
  ...because('design 2: templates are RFC 6570, whose names of variables hold no hyphen', {
    'feign-request-template-006': refuses('a variable name is made of letters, digits, .* not "-"'),
  }),
  ...because('features 0.8: bodies have no templates; a variable of one stands in no template', {
    'feign-body-template-001': refuses('the template has no \\{size\\}'),
    'feign-request-template-028': refuses('the template has no \\{customer_name\\}'),
    'feign-contract-023': refuses('the template has no \\{customer_name\\}'),
    'feign-contract-024': refuses('the template has no \\{customer_name\\}'),
    'feign-client-call-003': refuses('the template has no \\{customer_name\\}'),
  }),
  ...because('features 0.9: a name that no template has is a mistake, and no form field', {
    'feign-contract-027': refuses('the template has no \\{customer_name\\}'),
    'feign-contract-035': refuses('the template has no \\{ZoneId\\}; did you mean \\{zoneId\\}\\?'),
    'feign-client-call-004': refuses('the template has no \\{customer_name\\}'),
  }),
  ...because('reliability 4.2, row 2: a header value is ASCII, or it is encoded first', {
    'retrofit-retrofit-request-033': refuses('must be ASCII in a header'),
  }),
  ...because('features 0.3: an empty value is `name=`', {
    'feign-client-call-015': /guise has .*\["emptyStringKey",""\]\]\}, the case .*\["emptyStringKey",null\]/,
  }),
  ...because('features 0.11: the nearer header replaces the farther, and does not add to it', {
    'feign-client-call-011':
      /^header Content-Encoding: guise has "overrideFromMap", the case "deflate, overrideFromMap"$/,
  }),
  ...because('design 2: a header is declared once, by name, whatever the case; a list is for @Header', {
    'feign-request-template-033': refuses('the header test stands twice in @Headers'),
    'feign-contract-029': refuses('@Headers stands twice on the method'),
  }),
  ...because('design 2: a header value with CR or LF is an error; nothing is taken out of it', {
    'feign-request-template-016': refuses('must not hold a control character in a header'),
  }),
  ...because('design 2: the template is appended to the path of the base URL, so that has no query', {
    'feign-request-template-027': refuses('url must not hold a query; declare it in the template'),
  }),
  ...because(
    'Java artefact: java.net.URI takes `%23` in a host, which is no host (WHATWG URL, section 3.5)',
    {
      'feign-request-template-043': refuses('url must be an absolute http or https URL'),
    },
  ),
  ...because('design 2: @Url() is the whole URL of the call, so there is no template beside it', {
    'feign-contract-021': refuses('@Url\\(\\) gives the whole URL, so the template must be empty'),
  }),
  ...because('design 2: @Param binds a variable wherever it stands, in the query too', {
    'retrofit-retrofit-request-006': sends('GET http://example.com/foo\\?bar=x '),
  }),
  ...because('design 2: fields and parts make a body a form or multipart by their presence', {
    'retrofit-retrofit-request-010': sends('POST http://example.com/ .*multipart/form-data'),
    'retrofit-retrofit-request-013': sends('POST http://example.com/ \\{\\}'),
    'retrofit-retrofit-request-015': sends('POST http://example.com/ .*application/x-www-form-urlencoded'),
    'retrofit-retrofit-request-016': sends('GET http://example.com/ \\{\\}'),
  }),
  ...because('design 2: null and undefined are left out, also as a map and within one', {
    'retrofit-retrofit-request-029': sends('GET http://example.com/ \\{"accept":"text/plain"\\}'),
    'retrofit-retrofit-request-032': sends('GET http://example.com/ \\{\\}'),
    'retrofit-retrofit-request-149': sends('POST http://example.com/foo/bar/ .*multipart/form-data'),
    'retrofit-retrofit-request-161': sends('POST http://example.com/ .*application/x-www-form-urlencoded'),
  }),
  ...because(
    'design 2: a header replaces and does not add; Feign refuses a second @HeaderMap too (contract-036)',
    {
      'retrofit-retrofit-request-031': refuses('@HeaderMap\\(\\) is already bound by parameter 1'),
    },
  ),
  ...because('design 2: a value is always encoded; CR and LF leave as %0D%0A, and are not dropped', {
    'retrofit-retrofit-request-048':
      /guise has .*"path":\["","foo","bar","baz","\\r\\npong",""\].*, the case .*"baz","pong"/,
  }),
  ...because('design 2: a query parameter has a name and a value; no decorator binds a list of bare names', {
    'retrofit-retrofit-request-104': /guise has .*"query":\[\["1,2,three,1",null\]\]/,
    'retrofit-retrofit-request-105': /guise has .*"query":\[\["1,2,3,1",null\]\]/,
  }),
  ...because(
    'design 2: `encoded` is an option of @Param alone; nothing guesses that a map is encoded already',
    {
      'retrofit-retrofit-request-107': /guise has .*"query":\[\["kit","k%20t"\],\["pi%20ng","p%20g"\]\]/,
    },
  ),
  ...because('design 2: the template is appended to the base URL and never resolved against it', {
    'retrofit-retrofit-request-108': refuses('the template must not be an absolute URL'),
  }),
  ...because('design 2: an empty template is the path of the class itself', {
    'retrofit-retrofit-request-118': sends('GET http://example.com/ \\{\\}'),
  }),
  ...because(
    "Java artefact: OkHttp's MultipartBody.Part brings its own name; a part in guise has none of its own",
    {
      'retrofit-retrofit-request-136':
        /^0 rules.*; guise refuses it: .*a multipart body needs at least one part/,
      'retrofit-retrofit-request-138':
        /^0 rules.*; guise refuses it: .*a multipart body needs at least one part/,
    },
  ),
  ...because(
    'design 4: Retry-After is a wait, and no date that a case could compare; test/policy/retry-after has it',
    {
      'feign-retryer-003': undefined,
      'feign-retry-after-001': undefined,
      'feign-retry-after-002': undefined,
      'feign-retry-after-005': undefined,
    },
  ),
  ...because('later issue: the logger', {
    'feign-logger-002': undefined,
    'feign-logger-003': undefined,
    'feign-logger-004': undefined,
  }),
])

function because(
  reason: string,
  cases: Readonly<Record<string, RegExp | undefined>>,
): [string, Difference][] {
  return Object.entries(cases).map(([id, instead]) => [
    id,
    instead === undefined ? { reason } : { reason, instead },
  ])
}

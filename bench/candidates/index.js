// The candidates: where each is, and what it does besides sending a request.
const of = (file, make, does) => ({ file: `./${file}.js`, make, does })

/** The first is the baseline of all ratios. */
export const candidates = {
  'pool.request + body.json()': of('undici', 'request', ''),
  'bare dispatch': of('undici', 'dispatch', ''),
  'bare dispatch, controller': of('undici', 'controlled', ''),
  'guise, fully armed': of('guise', 'armed', 'schema, timeouts, retry, breaker'),
  'guise, plain': of('guise', 'plain', 'schema, timeouts'),
  'hand-wired, tuned': of('by-hand', 'tuned', 'schema, timeouts, retry, breaker'),
  'hand-wired': of('by-hand', 'written', 'schema, timeouts, retry, breaker'),
  'hand-wired on axios': of('by-hand', 'onAxios', 'schema, timeouts, retry, breaker'),
  'ts-retrofit': of('axios', 'tsRetrofit', ''),
  '@ts-rest/core': of('fetch', 'tsRest', ''),
  '@zodios/core': of('axios', 'zodios', 'schema'),
  'openapi-fetch': of('fetch', 'openapiFetch', ''),
  'global fetch': of('fetch', 'bare', ''),
  ofetch: of('fetch', 'ofetchClient', 'retry'),
  ky: of('fetch', 'kyClient', 'timeout, retry'),
  got: of('got', 'client', 'retry'),
  axios: of('axios', 'bare', ''),
}

/** The same call of guise with one policy each: `--policies` measures these instead. */
export const policies = {
  'guise: timeouts alone': of('guise', 'timeouts', ''),
  '+ retry': of('guise', 'retry', ''),
  '+ circuit breaker': of('guise', 'breaker', ''),
  '+ bulkhead': of('guise', 'bulkheads', ''),
  '+ fallback': of('guise', 'fallbacks', ''),
  '+ two addresses': of('guise', 'addresses', ''),
  '+ one interceptor': of('guise', 'interceptor', ''),
  'all but the interceptor': of('guise', 'all', ''),
}

/** Makes a candidate's calls; each is a function without arguments that resolves to the row's answer. */
export async function open(name, where) {
  const { file, make } = { ...candidates, ...policies }[name]
  return (await import(file))[make](where)
}

/** Where a case expects an error: guise must refuse for the same reason, in its own words. */
import { ArgumentError, DeclarationError } from 'guise'
import { type Called, call, type Declaration, type Refused } from './declare.js'

type Rule = readonly [theirs: RegExp, refusal: typeof DeclarationError | typeof ArgumentError, ours: RegExp]

/** The words of Feign or Retrofit, what guise throws, and its words for the same mistake. */
const rules: readonly Rule[] = [
  // OpenFeign
  [/^template is required/, DeclarationError, /the template must be a string/],
  [/^an expression is required/, DeclarationError, /an expression names at least one variable/],
  [/^name is required/, DeclarationError, /"" is no header name/],
  [/^Invalid HTTP Method: \/path/, DeclarationError, /"\/path\?queryParam=\{queryParam\}" is no HTTP method/],
  [
    /didn't start with an HTTP verb/,
    DeclarationError,
    /"\/path\?queryParam=\{queryParam\}" is no HTTP method/,
  ],
  [
    /^Body parameters cannot be used with form/,
    DeclarationError,
    /@Body and form fields cannot stand together/,
  ],
  [/^QueryMap .* on multiple parameters/, DeclarationError, /@QueryMap\(\) is already bound by parameter 1/],
  [
    /^HeaderMap .* on multiple parameters/,
    DeclarationError,
    /@HeaderMap\(\) is already bound by parameter 1/,
  ],
  [/^are not used by contract/, DeclarationError, /the parameter has no decorator/],
  // Retrofit
  [/^@Path parameter name must match .* hey!$/, DeclarationError, /the template has no \{hey!\}/],
  [/^HTTP method annotation is required/, DeclarationError, /the class has no route; declare one with @Get/],
  [/^@Headers annotation is empty/, DeclarationError, /@Headers is empty/],
  [/^@Headers value must be/, DeclarationError, /the value of the header malformed must be a string/],
  [/^No Retrofit annotation found/, DeclarationError, /the parameter has no decorator/],
  [/^Non-body HTTP method cannot contain @Body/, DeclarationError, /a GET request has no body/],
  [/^@Url cannot be used with @GET URL/, DeclarationError, /@Url\(\) gives the whole URL/],
  [/^@Path can only be used with relative url/, DeclarationError, /the template has no \{hey\}/],
  [/^@Part annotation must supply a name/, DeclarationError, /@Part\(''\) has no name/],
  [/^Multipart body must have at least one part/, ArgumentError, /needs at least one part/],
  [/^@FieldMap parameter type must be Map/, ArgumentError, /must be a record/],
  [/^Malformed content type/, DeclarationError, /is no media type/],
  [/^Malformed URL\. Base/, DeclarationError, /must not be an absolute URL/],
  [
    /^@Tag type .* is duplicate of parameter 'one'/,
    DeclarationError,
    /@Call\(\) is already bound by parameter 1/,
  ],
  [/^malformed$/, ArgumentError, /must not make a \. or \.\. segment/],
]

export async function refuses(declaration: Declaration, theirs: unknown): Promise<void> {
  sameRefusal(await call(declaration), theirs)
}

function sameRefusal(outcome: Called | Refused, theirs: unknown): void {
  const { refusal } = outcome
  if (refusal === undefined) {
    const { method, url, headers } = outcome.request
    throw new Error(`guise sends ${method} ${url} ${JSON.stringify(headers)}; the case refuses: ${theirs}`)
  }
  const matching = rules.filter(([pattern]) => pattern.test(String(theirs)))
  const [rule] = matching
  if (rule === undefined || matching.length > 1) {
    throw new Error(`${matching.length} rules, not 1, know "${theirs}"; guise refuses it: ${refusal.message}`)
  }
  const [, Refusal, ours] = rule
  if (refusal instanceof Refusal && ours.test(refusal.message)) return
  throw new Error(`guise refuses it for another reason: ${refusal.name}: ${refusal.message}`)
}

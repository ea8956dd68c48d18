/** Who runs which kind of case. */
import type { Runner } from './case.js'
import { runClientCall, runConfigKey, runContract } from './feign-declaration.js'
import { runRequestTemplate } from './feign-request-template.js'
import { runErrorStatus, runStatusMapping } from './feign-responses.js'
import {
  runBodyTemplate,
  runExpression,
  runHeaderTemplate,
  runPctEncode,
  runQueryTemplate,
  runTemplateText,
  runUriTemplate,
} from './feign-templates.js'
import { runForm } from './form.js'
import { runRetrofit } from './retrofit.js'

export const runners: Readonly<Record<string, Runner<never>>> = {
  'uri-template': runUriTemplate,
  'uri-template-tostring': runTemplateText,
  'query-template': runQueryTemplate,
  'query-template-tostring': runQueryTemplate,
  'header-template': runHeaderTemplate,
  'header-template-values': runHeaderTemplate,
  'body-template': runBodyTemplate,
  expression: runExpression,
  'pct-encode': runPctEncode,
  'request-template': runRequestTemplate,
  contract: runContract,
  'client-call': runClientCall,
  'config-key': runConfigKey,
  'error-status': runErrorStatus,
  'status-mapping': runStatusMapping,
  'form-urlencoded': runForm,
  'retrofit-request': runRetrofit,
}

// The health check that every service of dailyfeed answers: one declaration, as many clients as there are URLs.
import { Client, Get, Responses, text } from 'guise'

@Client({ path: '/healthcheck' })
export class HealthClient {
  @Get('/live') @Responses({ 200: text() }) live!: () => Promise<string>
}

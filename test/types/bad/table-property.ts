/** A property of a function type that the table does not fit. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: string; wants: number; }>
import { Get, Responses, text } from 'guise'

export class Members {
  @Get('/health')
  @Responses({ 200: text() }) // <- here
  health!: () => Promise<number>
}

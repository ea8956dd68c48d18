/** A service with values that may hold several segments of a path: `{+x}`, and `{ encoded: true }`. */
import { Get, Param, remote } from 'guise'

export class Files {
  @Get('/files/{+x}')
  reserved(@Param('x') x: string): Promise<unknown> {
    return remote(x)
  }
  @Get('/files/{x}')
  encoded(@Param('x', { encoded: true }) x: string): Promise<unknown> {
    return remote(x)
  }
  @Get('/files/{x}')
  simple(@Param('x') x: string): Promise<unknown> {
    return remote(x)
  }
  @Get('/files/v{+x}')
  joined(@Param('x') x: string): Promise<unknown> {
    return remote(x)
  }
  @Get('/files/{+a}{b}/{+c}')
  mixed(@Param('a') a: string, @Param('b') b: string, @Param('c') c: string): Promise<unknown> {
    return remote(a, b, c)
  }
  @Get('{+x}')
  bare(@Param('x') x: string): Promise<unknown> {
    return remote(x)
  }
  @Get('/search?q={x}&r={+y}')
  query(@Param('x', { encoded: true }) x: string, @Param('y') y: string): Promise<unknown> {
    return remote(x, y)
  }
}

export const raw: readonly ('reserved' | 'encoded')[] = ['reserved', 'encoded']

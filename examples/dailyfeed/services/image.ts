// image-svc: holds profile images, and deletes them by the list.
import { success } from './envelopes.js'
import { invalid, type Mode } from './failures.js'
import { jsonBody } from './input.js'
import { seededImages } from './seed.js'
import { type Around, type Call, type Service, startService } from './service.js'

export type ImageRoute = 'POST /api/images/view/command/delete/in'

export interface ImageService extends Service<ImageRoute> {
  /** The images that are still there. */
  readonly images: ReadonlySet<string>
}

export async function startImage(mode: Mode, around?: Around): Promise<ImageService> {
  const images = new Set(seededImages)

  const routes = {
    'POST /api/images/view/command/delete/in': (call: Call) => {
      for (const url of imageUrls(call)) images.delete(url)
      return success(true)
    },
  }

  function reset() {
    for (const url of seededImages) images.add(url)
  }

  const service = await startService({ name: 'image', advice: 'comment', mode, routes, around, reset })
  return { ...service, images }
}

function imageUrls(call: Call): string[] {
  const { imageUrls } = jsonBody(call)
  if (!Array.isArray(imageUrls)) throw invalid('imageUrls is not a list')
  return imageUrls.map(url => {
    if (typeof url !== 'string') throw invalid('imageUrls holds something that is not text')
    return url
  })
}

// The client of image-svc: deletes profile images by the list.
// biome-ignore-all format: a route is read like a row of a table, so its decorators and its empty body take no lines.
import { Bearer, Body, Client, Post, Responses, remote } from 'guise'
import { Deleted, Envelope, ImageUrls } from '../schemas.js'
import { failed, failures } from './errors.js'

@Client({ name: 'image', path: '/api/images' }) @Responses(failures)
export class ImageClient {
  @Post('/view/command/delete/in') @Responses({ 200: [failed, Envelope(Deleted)] })
  deleteImagesBulkRequest(@Bearer() token: string, @Body(ImageUrls) urls: string[]): Promise<true> {
    return remote(token, urls)
  }
}

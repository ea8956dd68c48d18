// The JSON around every answer of dailyfeed: success, scroll, error, and Spring's own error document.

export interface Success<T> {
  status: number
  result: 'SUCCESS'
  data: T
}

export interface ScrollPage<E> {
  content: E[]
  page: number
  size: number
  hasNext: boolean
}

export interface FollowScrollPage<E> {
  followers: ScrollPage<E>
  followings: ScrollPage<E>
}

/** Its field names differ from those of a success (statusCode/resultCode, not status/result), as in dailyfeed. */
export interface ErrorEnvelope {
  statusCode: number
  resultCode: 'FAIL'
  message: string
  path: string
}

export interface Paging {
  page: number
  size: number
}

/** `status` is a copy inside the body: dailyfeed writes 201 or 204 here and answers HTTP 200 all the same. */
export function success<T>(data: T, status = 200): Success<T> {
  return { status, result: 'SUCCESS', data }
}

export function errorEnvelope(statusCode: number, message: string, path: string): ErrorEnvelope {
  return { statusCode, resultCode: 'FAIL', message, path }
}

export function scrollPage<E>(all: readonly E[], { page, size }: Paging): ScrollPage<E> {
  const end = (page + 1) * size
  return { content: all.slice(page * size, end), page, size, hasNext: all.length > end }
}

/** What Spring writes where no controller is involved: unknown paths, wrong methods. */
export function springError(status: number, error: string, path: string) {
  const timestamp = new Date().toISOString().replace('Z', '+00:00')
  return { timestamp, status, error, path }
}

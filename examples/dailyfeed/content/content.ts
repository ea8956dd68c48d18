// What content-svc does: each change is written together with the notice of it, in one transaction.
import type { Outbox, OutboxOf, Receipt } from 'guise/outbox'
import { Failure, postNotFound } from '../services/failures.js'
import type { Database, Query } from './database.js'
import type { NewComment, NewPost } from './input.js'
import { Notices } from './notices.js'

/** What has changed, and the receipt of the notice: by its id one can ask what became of it. */
export interface Change {
  readonly id: number
  readonly receipt: Receipt
}

type Work = (query: Query, notices: OutboxOf<Notices>) => Promise<Change>

export class Content<Tx> {
  readonly #database: Database<Tx>
  readonly #outbox: Outbox<Tx>

  constructor(database: Database<Tx>, outbox: Outbox<Tx>) {
    this.#database = database
    this.#outbox = outbox
  }

  #change(work: Work): Promise<Change> {
    return this.#database.transaction((query, tx) => {
      const guises = tx === undefined ? this.#outbox : this.#outbox.within(tx)
      return work(query, guises.group(Notices))
    })
  }

  createPost(memberId: number, { title, content }: NewPost): Promise<Change> {
    return this.#change(async (query, notices) => {
      const sql = 'insert into posts (author, title, content) values (?, ?, ?) returning id'
      const { id } = first(await query(sql, memberId, title, content))
      return { id, receipt: await notices.post({ memberId, postId: id, activityType: 'POST_CREATE' }) }
    })
  }

  updatePost(memberId: number, id: number, { title, content }: NewPost): Promise<Change> {
    return this.#change(async (query, notices) => {
      own(await postOf(query, id), memberId)
      await query('update posts set title = ?, content = ? where id = ?', title, content, id)
      return { id, receipt: await notices.post({ memberId, postId: id, activityType: 'POST_UPDATE' }) }
    })
  }

  deletePost(memberId: number, id: number): Promise<Change> {
    return this.#change(async (query, notices) => {
      own(await postOf(query, id), memberId)
      await query('delete from posts where id = ?', id)
      return { id, receipt: await notices.post({ memberId, postId: id, activityType: 'POST_DELETE' }) }
    })
  }

  likePost(memberId: number, id: number, on: boolean): Promise<Change> {
    return this.#change(async (query, notices) => {
      await postOf(query, id)
      await like(query, 'post', id, memberId, on)
      const activityType = on ? 'LIKE_POST' : 'LIKE_POST_CANCEL'
      return { id, receipt: await notices.postLike({ memberId, postId: id, activityType }) }
    })
  }

  createComment(memberId: number, { postId, parentId, content }: NewComment): Promise<Change> {
    return this.#change(async (query, notices) => {
      await postOf(query, postId)
      const sql = 'insert into comments (post, parent, author, content) values (?, ?, ?, ?) returning id'
      const { id } = first(await query(sql, postId, parentId, memberId, content))
      const notice = { memberId, postId, commentId: id, activityType: 'COMMENT_CREATE' } as const
      return { id, receipt: await notices.comment(notice) }
    })
  }

  updateComment(memberId: number, id: number, content: string): Promise<Change> {
    return this.#change(async (query, notices) => {
      const { post: postId } = own(await commentOf(query, id), memberId)
      await query('update comments set content = ? where id = ?', content, id)
      const notice = { memberId, postId, commentId: id, activityType: 'COMMENT_UPDATE' } as const
      return { id, receipt: await notices.comment(notice) }
    })
  }

  deleteComment(memberId: number, id: number): Promise<Change> {
    return this.#change(async (query, notices) => {
      const { post: postId } = own(await commentOf(query, id), memberId)
      await query('delete from comments where id = ?', id)
      const notice = { memberId, postId, commentId: id, activityType: 'COMMENT_DELETE' } as const
      return { id, receipt: await notices.comment(notice) }
    })
  }

  likeComment(memberId: number, id: number, on: boolean): Promise<Change> {
    return this.#change(async (query, notices) => {
      const { post: postId } = await commentOf(query, id)
      await like(query, 'comment', id, memberId, on)
      const activityType = on ? 'LIKE_COMMENT' : 'LIKE_COMMENT_CANCEL'
      return { id, receipt: await notices.commentLike({ memberId, postId, commentId: id, activityType }) }
    })
  }
}

/** Ids as numbers: PostgreSQL's driver gives a bigint as text. */
type Row = Readonly<Record<'id' | 'author' | 'post', number>>

function first(rows: unknown[], missing: () => Error = postNotFound): Row {
  const [row] = rows as Record<string, unknown>[]
  if (row === undefined) throw missing()
  return { id: Number(row.id), author: Number(row.author), post: Number(row.post) }
}

const postOf = async (query: Query, id: number) =>
  first(await query('select id, author from posts where id = ?', id))
const commentOf = async (query: Query, id: number) =>
  first(await query('select id, author, post from comments where id = ?', id), () => {
    return new Failure('post', 404, '댓글이 존재하지 않습니다')
  })

function own(row: Row, memberId: number): Row {
  if (row.author !== memberId) throw new Failure('post', 403, '권한이 없습니다')
  return row
}

async function like(query: Query, what: string, subject: number, member: number, on: boolean) {
  const sql = on
    ? 'insert into likes (what, subject, member) values (?, ?, ?) on conflict do nothing returning subject'
    : 'delete from likes where what = ? and subject = ? and member = ? returning subject'
  const [row] = await query(sql, what, subject, member)
  if (row === undefined)
    throw new Failure('post', 400, on ? '이미 좋아요를 눌렀습니다' : '이미 취소되었습니다')
}

// What the bench of the outbox sends, and who takes part in which of its parts.
import { availableParallelism } from 'node:os'

/** 300 B of JSON. */
export const event = {
  type: 'post.created',
  postId: 4711,
  authorId: 7,
  title: 'One event, many services, nothing lost',
  createdAt: '2025-10-30T08:19:41Z',
  excerpt: 'x'.repeat(150),
}

/** Requests in flight of each worker: guise's own default for a target. */
export const CONCURRENCY = 8
/** Connections to PostgreSQL that each process may have; all libraries alike. */
export const CLIENTS = 8
/** All cores: the servers of PostgreSQL and RabbitMQ are not bound either. */
export const CORES = `0-${availableParallelism() - 1}`

/**
 * The candidates; `needs` are the services that must be there. `transaction`: inside the caller's own transaction, which
 * also writes a row of his. The first one of a part that can run is what the others' ratios are made to.
 */
export const candidates = {
  'guise on PostgreSQL': { file: 'guise', store: 'postgres', needs: ['postgres'] },
  'guise on SQLite': { file: 'guise', store: 'sqlite', needs: [] },
  "guise, in the caller's transaction": {
    file: 'guise',
    store: 'postgres',
    needs: ['postgres'],
    transaction: true,
  },
  'pg-boss': { file: 'pg-boss', needs: ['postgres'] },
  'pg-boss, fetch and complete by hand': { file: 'pg-boss', needs: ['postgres'], byHand: true },
  "pg-boss, in the caller's transaction": { file: 'pg-boss', needs: ['postgres'], transaction: true },
  RabbitMQ: { file: 'rabbitmq', needs: ['rabbitmq'] },
  'one insert a commit, no library': { file: 'insert', needs: ['postgres'] },
}

export const parts = {
  enqueue: [
    'guise on PostgreSQL',
    "guise, in the caller's transaction",
    'guise on SQLite',
    'pg-boss',
    "pg-boss, in the caller's transaction",
    'RabbitMQ',
    'one insert a commit, no library',
  ],
  /** With the numbers of worker processes. */
  drain: {
    'guise on PostgreSQL': [1, 4],
    'guise on SQLite': [1],
    'pg-boss': [1, 4],
    'pg-boss, fetch and complete by hand': [1, 4],
    RabbitMQ: [1, 4],
  },
  backlog: ['guise on PostgreSQL', 'guise on SQLite', 'pg-boss', 'RabbitMQ'],
}

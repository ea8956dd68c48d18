/** The statements of the PostgreSQL store. */
import { MOST_GENERATIONS } from '../store.js'
import { HOLDS, type Tables } from './postgres-schema.js'

/** What `DeliveryRecord` has, of the row `d`. */
const RECORD = `d.seq, d.id, d.target, d.method, d.verb, d.path, d.order_key, d.hops, d.state, d.reason, d.attempts,
  d.max_attempts, d.sends, d.generation, d.created_at, d.next_attempt_at, d.expires_at, d.first_attempt_at,
  d.delivered_at, d.last_status, d.last_error, d.last_error_at, d.lease_owner, d.lease_until, d.fence, d.receipt`
const CLAIMED = `${RECORD}, d.headers, d.body, d.fingerprint`

/** Of what is not waiting behind another one. */
const DUE = `d.state = 'pending' and d.behind is null and d.next_attempt_at <= $1 and d.expires_at > $1
  and d.attempts < d.max_attempts`
/** Waiting rows that a claim may pass over before it is worth a write to set them aside; and how many one write takes. */
export const ENOUGH_TO_SET_ASIDE = 100
const MOST_SET_ASIDE = 2_000
const UNDER_WAY = `state in ('pending', 'in-flight')`

/** Written so that the planner does not take it for the condition of an index in another order. */
const ORDERED = 'case when d.order_key is null then false else true end'

/** The names of all parameters stand in the order of the lists that `PostgresStore` hands in. */
export function statementsOf({ deliveries, paused, acts }: Tables) {
  return {
    /** One row for each given one: the row that was made, the row that was there, or that the id is another message's for one of its targets. */
    record: `
      with given as (
        select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[],
          $9::text[], $10::boolean[], $11::int[], $12::bigint[], $13::bigint[], $14::bigint[], $15::int[], $16::int[], $17::text[])
        with ordinality as g(id, target, method, verb, path, headers, body, fingerprint, order_key, blocks, hops, created_at,
          next_attempt_at, expires_at, max_attempts, replay_attempts, dead, place)
      ), clash as materialized (
        select g.id from given g join ${deliveries} d on d.id = g.id and d.target = g.target and d.fingerprint <> g.fingerprint
      ), made as (
        insert into ${deliveries} (id, target, method, verb, path, headers, body, fingerprint, order_key, blocks, hops,
          created_at, next_attempt_at, expires_at, max_attempts, replay_attempts, most_sends, state, reason, ended_at)
        select id, target, method, verb, path, headers, body, fingerprint, order_key, blocks, hops, created_at,
          next_attempt_at, expires_at, max_attempts, replay_attempts,
          max_attempts + ${MOST_GENERATIONS} * replay_attempts,
          case when dead is null then 'pending' else 'dead' end, dead, case when dead is not null then created_at end
        from given g where not exists (select from clash where clash.id = g.id) order by place
        on conflict (id, target) do nothing
        returning seq, id, target
      )
      select made.seq as made, d.seq as found,
        exists (select from clash where clash.id = g.id) as clash
      from given g
        left join made on made.id = g.id and made.target = g.target
        left join ${deliveries} d on d.id = g.id and d.target = g.target
      order by g.place`,
    /** Sorted, so that two of them never wait for each other. */
    lockOrder: `
      select pg_advisory_xact_lock(key) from (
        select distinct hashtextextended($1 || chr(31) || target || chr(31) || order_key, 0) as key
        from unnest($2::text[], $3::text[]) as k(target, order_key) order by key
      ) as keys`,
    sameIds: `select id, target, seq, fingerprint from ${deliveries} where id = any($1::text[])`,
    unrecord: `delete from ${deliveries} where seq = any($1::bigint[])`,

    /**
     * For each target the rows that are due and come first of their key, taken from the index in order until there are
     * enough; rows that another claim holds are passed over. `passed` counts rows of order keys on the way that had to
     * wait for another one. `limit $6` is more than there can be: it tells the planner that there are few.
     */
    claim: `
      with wanted as materialized (
        select w.* from unnest($3::text[], $4::int[], $5::bigint[]) as w(target, most, lease_until)
        where not exists (select from ${paused} p where p.target = w.target)
      ), mine as materialized (
        select first.*, w.target from wanted w cross join lateral (
          select d.seq, d.next_attempt_at from ${deliveries} d
          where d.target = w.target and ${DUE} and (d.order_key is null or not exists (
            select from ${deliveries} e
            where e.target = d.target and e.order_key = d.order_key and e.seq + 0 < d.seq and ${HOLDS}
              and (e.state <> 'dead' or e.expires_at > $1)))
          order by d.next_attempt_at, d.seq limit w.most
          for update of d skip locked
        ) as first limit $6
      ), passed as (
        select count(*) as count from wanted w left join lateral (
          select m.next_attempt_at, m.seq from mine m where m.target = w.target
          order by m.next_attempt_at, m.seq offset w.most - 1 limit 1
        ) as last on true cross join lateral (
          select d.seq, d.next_attempt_at, d.order_key from ${deliveries} d where d.target = w.target and ${DUE}
          order by d.next_attempt_at, d.seq limit w.most + ${ENOUGH_TO_SET_ASIDE}
        ) as waiting
        where waiting.order_key is not null and waiting.seq <> all (array(select seq from mine))
          and (last.seq is null or (waiting.next_attempt_at, waiting.seq) < (last.next_attempt_at, last.seq))
      ), taken as (
        update ${deliveries} d set state = 'in-flight', attempts = attempts + 1, sends = sends + 1, fence = fence + 1,
          lease_owner = $2, lease_until = w.lease_until, first_attempt_at = coalesce(first_attempt_at, $1)
        from wanted w where d.target = w.target and d.seq = any (array(select seq from mine))
        returning ${CLAIMED}
      )
      select d.*, passed.count as passed from passed left join taken d on true order by d.next_attempt_at, d.seq`,
    /**
     * Sets due rows aside that wait for one before them under their order key, so that claims need not pass them over
     * again and again. Each is put behind the row just before it, whose end takes it out (`unset`). First the first row
     * of the key is locked and looked at again, unless a claim could take it: while it is held nothing of the key can be
     * claimed, so that no claim finds less than there is. Then the others: whoever ends one of them either has done so,
     * and this sees it, or waits for this, and then sees what stands behind it.
     */
    setAside: `
      with waiting as materialized (
        select d.seq, before.seq as behind, head.seq as head
        from unnest($2::text[]) as w(target) cross join lateral (
          select d.seq, d.target, d.order_key from ${deliveries} d
          where d.target = w.target and ${DUE} and ${ORDERED}
          order by d.next_attempt_at, d.seq limit ${MOST_SET_ASIDE}
        ) as d cross join lateral (
          select e.seq from ${deliveries} e
          where e.target = d.target and e.order_key = d.order_key and e.seq + 0 < d.seq and ${UNDER_WAY}
          order by e.seq + 0 desc limit 1
        ) as before cross join lateral (
          select e.seq from ${deliveries} e
          where e.target = d.target and e.order_key = d.order_key and e.seq + 0 < d.seq and ${UNDER_WAY}
          order by e.seq + 0 limit 1
        ) as head
      ), heads as materialized (
        select d.seq from ${deliveries} d
        where d.seq = any (array(select head from waiting))
          and (d.state = 'in-flight' or d.state = 'pending' and d.next_attempt_at > $1)
        for no key update skip locked
      ), others as materialized (
        select d.seq from ${deliveries} d
        where d.seq = any (array(
            select unnest(array[seq, behind]) from waiting where head in (select seq from heads)
            except select seq from heads))
          and d.${UNDER_WAY}
        for no key update skip locked
      ), held as materialized (
        select seq from heads union all select seq from others
      ), aside as (
        update ${deliveries} d set behind = waiting.behind from waiting
        where d.seq = waiting.seq and d.state = 'pending'
          and waiting.seq in (select seq from held) and waiting.behind in (select seq from held)
        returning 1
      )
      select count(*) as count from aside`,
    unset: `update ${deliveries} set behind = null where behind = any($1::bigint[])`,

    settle: `
      update ${deliveries} d set state = s.state, reason = s.reason,
        next_attempt_at = coalesce(s.next_attempt_at, d.next_attempt_at),
        attempts = d.attempts - s.refund::int, sends = d.sends - s.refund::int,
        delivered_at = case when s.state = 'delivered' then s.now end,
        ended_at = case when s.state <> 'pending' then s.now end,
        last_status = coalesce(s.status, d.last_status), last_error = coalesce(s.error, d.last_error),
        last_error_at = case when s.error is null then d.last_error_at else s.now end,
        receipt = coalesce(s.receipt, d.receipt), lease_owner = null, lease_until = null
      from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::boolean[], $8::int[],
        $9::text[], $10::text[]) as s(seq, fence, now, state, reason, next_attempt_at, refund, status, error, receipt)
      where d.seq = s.seq and d.fence = s.fence and d.state = 'in-flight'
      returning d.seq, d.state <> 'pending' and d.order_key is not null as frees`,

    /** The leases that have run out first, then what has expired, then what has no attempt left. */
    reap: `
      with leased as materialized (
        select seq from ${deliveries} d where state = 'in-flight' and lease_until <= $1
        order by lease_until, seq limit $2 for update skip locked
      ), expired as materialized (
        select seq from ${deliveries} d where state = 'pending' and expires_at <= $1
        order by expires_at, seq limit greatest($2 - (select count(*) from leased), 0) for update skip locked
      ), spent as materialized (
        select seq from ${deliveries} d where state = 'pending' and attempts >= max_attempts and expires_at > $1
        order by seq limit greatest($2 - (select count(*) from leased) - (select count(*) from expired), 0)
        for update skip locked
      ), due as (
        select seq, case when attempts >= max_attempts then 'exhausted' when expires_at <= $1 then 'expired' end as reason
        from ${deliveries}
        where seq = any (array(select seq from leased union select seq from expired union select seq from spent))
      )
      update ${deliveries} d set state = case when due.reason is null then 'pending' else 'dead' end, reason = due.reason,
        ended_at = case when due.reason is not null then $1 end, lease_owner = null, lease_until = null,
        behind = case when due.reason is null then d.behind end
      from due where d.seq = due.seq
      returning ${RECORD}`,

    find: `select ${RECORD} from ${deliveries} d where d.id = $1 order by d.seq`,
    list: `
      select ${RECORD} from ${deliveries} d
      where d.state = $1 and d.seq > $2 and ($3::text is null or d.target = $3) order by d.seq limit $4`,
    stats: `
      select target, count(d.seq) filter (where state = 'pending') as pending,
        count(d.seq) filter (where state = 'in-flight') as in_flight, count(d.seq) filter (where state = 'delivered') as delivered,
        count(d.seq) filter (where state = 'dead') as dead, count(d.seq) filter (where state = 'cancelled') as cancelled,
        min(created_at) filter (where state = 'pending') as oldest_pending_at, bool_or(p.target is not null) as paused
      from ${deliveries} d full join ${paused} p using (target) group by target order by target collate "C"`,

    /** All that an operator may mean, held until his act is written down. */
    meant: `
      select d.seq, d.id, d.target, d.state, d.generation, d.order_key is not null as ordered from ${deliveries} d
      where d.id = any($1::text[]) and ($2::text is null or d.target = $2) order by d.seq for update`,
    replay: `
      update ${deliveries} set state = 'pending', reason = null, ended_at = null, attempts = 0, max_attempts = replay_attempts,
        generation = generation + 1, next_attempt_at = $2, expires_at = $3, behind = null where seq = any($1::bigint[])`,
    cancel: `
      update ${deliveries} set state = 'cancelled', ended_at = $2, behind = null where seq = any($1::bigint[])`,
    act: `insert into ${acts} (kind, ids, target, actor, reason, at) values ($1, $2::text[], $3, $4, $5, $6)`,
    pause: `
      insert into ${paused} (target, actor, reason, at) values ($1, $2, $3, $4)
      on conflict (target) do update set actor = excluded.actor, reason = excluded.reason, at = excluded.at`,
    resume: `delete from ${paused} where target = $1`,

    purge: `
      with done as materialized (
        select seq from ${deliveries} where state in ('delivered', 'cancelled') and ended_at < $1
        limit $3 for update skip locked
      ), dead as materialized (
        select seq from ${deliveries} where state = 'dead' and ended_at < $2
        limit greatest($3 - (select count(*) from done), 0) for update skip locked
      ), gone as (
        delete from ${deliveries} where seq = any (array(select seq from done union all select seq from dead)) returning 1
      )
      select count(*) as count from gone`,
  }
}

-- Of each account: since when nothing before is in doubt, the locks that stand and ever were, and the newest one.
SELECT
    venue,
    standings.settled_at,
    count(locks.lock_id) FILTER (WHERE locks.acknowledged_at IS NULL) AS standing,
    count(locks.lock_id) AS ever,
    max(locks.opened_at) AS newest_at,
    (array_agg(locks.operator ORDER BY locks.opened_at DESC) FILTER (WHERE locks.acknowledged_at IS NOT NULL))[1]
        AS last_acknowledged_by
FROM execution.account_standings AS standings
LEFT JOIN execution.locks USING (venue)
GROUP BY venue, standings.settled_at
ORDER BY venue

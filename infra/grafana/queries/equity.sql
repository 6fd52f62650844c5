-- What the desk was worth as each interval ended, and what of it was neither brought in nor taken out.
SELECT
    slot.at AS "time",
    snapshot.equity_usd,
    snapshot.equity_usd - snapshot.external_usd AS own_equity_usd
FROM generate_series($__timeFrom()::timestamptz, $__timeTo()::timestamptz, $__interval_ms * interval '1 ms') AS slot(at)
CROSS JOIN LATERAL (
    SELECT equity_usd, external_usd
    FROM portfolio.equity_snapshots
    WHERE as_of > slot.at - $__interval_ms * interval '1 ms' AND as_of <= slot.at
    ORDER BY as_of DESC
    LIMIT 1
) AS snapshot
ORDER BY slot.at

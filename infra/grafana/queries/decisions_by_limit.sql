-- What risk let through, made smaller and rejected of what was to be opened, by the limit that bound.
SELECT
    coalesce(binding_limit, 'none') AS binding_limit,
    count(*) FILTER (WHERE verdict = 'approved') AS approved,
    count(*) FILTER (WHERE verdict = 'approved_smaller') AS approved_smaller,
    count(*) FILTER (WHERE verdict = 'rejected') AS rejected,
    sum(requested_exposure_usd - CASE WHEN verdict = 'rejected' THEN 0 ELSE approved_exposure_usd END)
        AS withheld_exposure_usd
FROM portfolio.decisions
WHERE decided_at BETWEEN $__timeFrom()::timestamptz AND $__timeTo()::timestamptz AND action = 'open'
GROUP BY binding_limit
ORDER BY count(*) DESC

-- The newest decisions of the range on packages to be opened, each with the limit that bound and why.
SELECT
    decided_at,
    strategy,
    asset,
    verdict,
    coalesce(binding_limit, 'none') AS binding_limit,
    requested_exposure_usd,
    CASE verdict WHEN 'rejected' THEN 0 ELSE approved_exposure_usd END AS approved_exposure_usd,
    reason
FROM portfolio.decisions
WHERE action = 'open' AND decided_at BETWEEN $__timeFrom()::timestamptz AND $__timeTo()::timestamptz
ORDER BY decided_at DESC
LIMIT 100

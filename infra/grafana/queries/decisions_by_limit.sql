-- What risk let through, made smaller and rejected of what was to be opened, by the limit that bound.
SELECT
    coalesce(binding_limit, 'none') AS binding_limit,
    coalesce(sum(decisions) FILTER (WHERE verdict = 'approved'), 0)::bigint AS approved,
    coalesce(sum(decisions) FILTER (WHERE verdict = 'approved_smaller'), 0)::bigint AS approved_smaller,
    coalesce(sum(decisions) FILTER (WHERE verdict = 'rejected'), 0)::bigint AS rejected,
    sum(requested_usd) - coalesce(sum(approved_usd) FILTER (WHERE verdict <> 'rejected'), 0) AS withheld_exposure_usd
FROM (
    SELECT
        binding_limit,
        verdict,
        count(*) AS decisions,
        sum(requested_exposure_usd) AS requested_usd,
        sum(approved_exposure_usd) AS approved_usd
    FROM portfolio.decisions
    WHERE decided_at BETWEEN $__timeFrom()::timestamptz AND $__timeTo()::timestamptz AND action = 'open'
    GROUP BY binding_limit, verdict
) AS verdicts
GROUP BY binding_limit
ORDER BY sum(decisions) DESC

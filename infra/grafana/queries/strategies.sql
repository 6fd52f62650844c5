-- What each strategy has to show for itself: packages held and ended, how many won, and what they brought.
SELECT
    coalesce(strategy, 'not told yet') AS strategy,
    count(*) FILTER (WHERE closed_at IS NULL) AS held,
    count(*) FILTER (WHERE state = 'closed') AS closed,
    count(*) FILTER (WHERE state = 'aborted') AS aborted,
    count(*) FILTER (WHERE state = 'closed' AND net_usd > 0) AS won,
    100.0 * count(*) FILTER (WHERE state = 'closed' AND net_usd > 0)
        / nullif(count(*) FILTER (WHERE state = 'closed'), 0) AS won_pct,
    sum(net_usd) AS net_usd,
    avg(net_usd) FILTER (WHERE state = 'closed') AS mean_net_usd,
    sum(funding_usd) AS funding_usd,
    sum(fees_usd) AS fees_usd,
    sum(slippage_usd) AS slippage_usd,
    avg(extract(epoch FROM closed_at - opened_at)) FILTER (WHERE state = 'closed') AS mean_held_s
FROM (
    SELECT *, realised_pnl_usd + funding_usd - fees_usd - borrow_usd AS net_usd
    FROM portfolio.packages
    WHERE opened_at <= $__timeTo()::timestamptz
        AND (closed_at IS NULL OR closed_at >= $__timeFrom()::timestamptz)
) AS packages
GROUP BY strategy
ORDER BY net_usd DESC

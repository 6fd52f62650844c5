-- What each asset holds, at which price it was entered, and what it has earned: since the day began, and ever.
WITH legs AS (
    SELECT
        asset,
        count(DISTINCT package_id) AS packages,
        sum(quantity) FILTER (WHERE role = 'long_leg') AS long_quantity,
        sum(cost) FILTER (WHERE role = 'long_leg') AS long_cost,
        sum(quantity) FILTER (WHERE role = 'short_leg') AS short_quantity,
        sum(cost) FILTER (WHERE role = 'short_leg') AS short_cost
    FROM portfolio.packages
    JOIN portfolio.package_legs USING (package_id)
    WHERE closed_at IS NULL AND quantity <> 0
    GROUP BY asset
),
day AS (
    SELECT asset, pnl_usd FROM portfolio.asset_day_starts WHERE day = (SELECT max(day) FROM portfolio.day_starts)
)
SELECT
    asset,
    coalesce(legs.packages, 0) AS packages,
    legs.long_quantity,
    legs.long_cost / nullif(legs.long_quantity, 0) AS long_entry_price,
    legs.short_quantity,
    legs.short_cost / nullif(legs.short_quantity, 0) AS short_entry_price,
    totals.realised_pnl_usd,
    totals.slippage_usd,
    totals.funding_usd,
    totals.fees_usd,
    totals.borrow_usd,
    earned.ever_usd,
    earned.ever_usd - coalesce(day.pnl_usd, 0) AS today_usd
FROM portfolio.asset_totals AS totals
LEFT JOIN legs USING (asset)
LEFT JOIN day USING (asset)
CROSS JOIN LATERAL (
    SELECT totals.realised_pnl_usd + totals.funding_usd - totals.fees_usd - totals.borrow_usd AS ever_usd
) AS earned
ORDER BY asset

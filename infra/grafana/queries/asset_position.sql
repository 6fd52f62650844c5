-- What one asset holds, at which prices it was entered, and what it has earned: since the day began, and ever.
WITH legs AS (
    SELECT
        count(DISTINCT package_id) AS packages,
        sum(quantity) FILTER (WHERE role = 'long_leg') AS long_quantity,
        sum(cost) FILTER (WHERE role = 'long_leg') AS long_cost,
        sum(quantity) FILTER (WHERE role = 'short_leg') AS short_quantity,
        sum(cost) FILTER (WHERE role = 'short_leg') AS short_cost
    FROM portfolio.packages
    JOIN portfolio.package_legs USING (package_id)
    WHERE asset = '$asset' AND closed_at IS NULL AND quantity <> 0
),
totals AS (
    SELECT realised_pnl_usd + funding_usd - fees_usd - borrow_usd AS ever_usd
    FROM portfolio.asset_totals
    WHERE asset = '$asset'
),
day AS (
    SELECT pnl_usd
    FROM portfolio.asset_day_starts
    WHERE asset = '$asset' AND day = (SELECT max(day) FROM portfolio.day_starts)
)
SELECT
    legs.packages,
    coalesce(legs.long_quantity, 0) AS long_quantity,
    legs.long_cost / nullif(legs.long_quantity, 0) AS long_entry_price,
    coalesce(legs.short_quantity, 0) AS short_quantity,
    legs.short_cost / nullif(legs.short_quantity, 0) AS short_entry_price,
    coalesce(legs.long_quantity + legs.short_quantity, legs.long_quantity, legs.short_quantity, 0) AS delta,
    coalesce(greatest(abs(legs.long_cost), abs(legs.short_cost)), 0) AS exposure_usd,
    coalesce(totals.ever_usd, 0) - coalesce(day.pnl_usd, 0) AS today_usd,
    coalesce(totals.ever_usd, 0) AS ever_usd
FROM legs
LEFT JOIN totals ON true
LEFT JOIN day ON true

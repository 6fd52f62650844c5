-- What one asset may still lose today and put at risk, beside what the limits in force allow; in USD.
WITH in_force AS (
    SELECT
        (limits ->> 'limits.asset_daily_loss_pct')::numeric / 100 AS daily_loss,
        (limits ->> 'limits.position_size_pct')::numeric / 100 AS position_size,
        (limits ->> 'limits.risk_per_trade_pct')::numeric / 100 AS risk_per_trade,
        (limits ->> 'limits.exits.stop_loss_pct')::numeric / 100 AS stop_loss
    FROM risk.limit_changes
    WHERE outcome = 'taken'
    ORDER BY sequence DESC
    LIMIT 1
),
desk AS (
    SELECT equity_usd FROM portfolio.equity_snapshots WHERE as_of <= $__timeTo()::timestamptz ORDER BY as_of DESC LIMIT 1
),
largest AS (
    SELECT coalesce(max(exposure_usd), 0) AS exposure_usd
    FROM (
        SELECT max(abs(cost)) AS exposure_usd
        FROM portfolio.packages
        JOIN portfolio.package_legs USING (package_id)
        WHERE asset = '$asset' AND closed_at IS NULL AND quantity <> 0
        GROUP BY package_id
    ) AS packages
),
today AS (
    SELECT coalesce(
        (
            SELECT realised_pnl_usd + funding_usd - fees_usd - borrow_usd
            FROM portfolio.asset_totals
            WHERE asset = '$asset'
        ),
        0
    ) - coalesce(
        (
            SELECT pnl_usd
            FROM portfolio.asset_day_starts
            WHERE asset = '$asset' AND day = (SELECT max(day) FROM portfolio.day_starts)
        ),
        0
    ) AS earned_usd
)
SELECT
    largest.exposure_usd * in_force.stop_loss AS at_risk_usd,
    desk.equity_usd * in_force.risk_per_trade AS may_risk_usd,
    desk.equity_usd * in_force.position_size - largest.exposure_usd AS room_usd,
    greatest(-today.earned_usd, 0) AS lost_today_usd,
    desk.equity_usd * in_force.daily_loss - greatest(-today.earned_usd, 0) AS may_still_lose_usd
FROM in_force, desk, largest, today

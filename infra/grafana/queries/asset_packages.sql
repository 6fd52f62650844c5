-- The newest packages of one asset in the range, with the prices of their entries and what they have earned so far.
SELECT
    packages.package_id::text AS package_id,
    packages.strategy,
    packages.state,
    packages.opened_at,
    packages.closed_at,
    extract(epoch FROM coalesce(packages.closed_at, now()) - packages.opened_at) AS held_s,
    long_leg.venue || ' ' || long_leg.symbol AS long_market,
    long_leg.quantity AS long_quantity,
    entries.long_price AS long_entry_price,
    short_leg.venue || ' ' || short_leg.symbol AS short_market,
    short_leg.quantity AS short_quantity,
    entries.short_price AS short_entry_price,
    100 * (entries.short_price / nullif(entries.long_price, 0) - 1) AS entry_basis_pct,
    packages.realised_pnl_usd,
    packages.funding_usd,
    packages.fees_usd,
    packages.realised_pnl_usd + packages.funding_usd - packages.fees_usd - packages.borrow_usd AS net_usd
FROM (
    SELECT *
    FROM portfolio.packages
    WHERE asset = '$asset'
        AND opened_at <= $__timeTo()::timestamptz
        AND (closed_at IS NULL OR closed_at >= $__timeFrom()::timestamptz)
    ORDER BY opened_at DESC
    LIMIT 100
) AS packages
LEFT JOIN portfolio.package_legs AS long_leg
    ON long_leg.package_id = packages.package_id AND long_leg.role = 'long_leg'
LEFT JOIN portfolio.package_legs AS short_leg
    ON short_leg.package_id = packages.package_id AND short_leg.role = 'short_leg'
CROSS JOIN LATERAL (
    SELECT
        sum(quantity * price) FILTER (WHERE role = 'long_leg')
            / nullif(sum(quantity) FILTER (WHERE role = 'long_leg'), 0) AS long_price,
        sum(quantity * price) FILTER (WHERE role = 'short_leg')
            / nullif(sum(quantity) FILTER (WHERE role = 'short_leg'), 0) AS short_price
    FROM portfolio.fills
    WHERE fills.package_id = packages.package_id AND action = 'open' AND purpose = 'leg'
) AS entries
ORDER BY packages.opened_at DESC

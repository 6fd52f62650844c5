-- What the last 24 hours of the range brought, by what it is made of. The parts add up to the change of equity.
WITH day AS (
    SELECT
        newest.equity_usd - oldest.equity_usd AS equity_usd,
        newest.realised_pnl_usd + newest.unrealised_pnl_usd - oldest.realised_pnl_usd - oldest.unrealised_pnl_usd
            AS traded_usd,
        newest.slippage_usd - oldest.slippage_usd AS slippage_usd,
        newest.funding_usd - oldest.funding_usd AS funding_usd,
        newest.fees_usd - oldest.fees_usd AS fees_usd,
        newest.borrow_usd - oldest.borrow_usd AS borrow_usd,
        newest.external_usd - oldest.external_usd AS external_usd
    FROM
        (
            SELECT * FROM portfolio.equity_snapshots
            WHERE as_of >= $__timeTo()::timestamptz - interval '1 day' AND as_of <= $__timeTo()::timestamptz
            ORDER BY as_of
            LIMIT 1
        ) AS oldest,
        (
            SELECT * FROM portfolio.equity_snapshots
            WHERE as_of >= $__timeTo()::timestamptz - interval '1 day' AND as_of <= $__timeTo()::timestamptz
            ORDER BY as_of DESC
            LIMIT 1
        ) AS newest
)
SELECT part.name AS part, part.amount_usd
FROM day
CROSS JOIN LATERAL (
    VALUES
        (1, 'price', traded_usd + slippage_usd),
        (2, 'slippage', -slippage_usd),
        (3, 'funding', funding_usd),
        (4, 'fees', -fees_usd),
        (5, 'borrow', -borrow_usd),
        (6, 'external', external_usd),
        (7, 'in all', equity_usd)
) AS part(place, name, amount_usd)
ORDER BY part.place

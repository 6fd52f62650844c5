-- What became of the orders of the range, by venue: final, void, or something still to be found out.
SELECT
    venue,
    count(*) AS orders,
    count(*) FILTER (WHERE state = 'final' AND filled_quantity >= quantity) AS filled,
    count(*) FILTER (WHERE state = 'final' AND filled_quantity > 0 AND filled_quantity < quantity) AS filled_in_part,
    count(*) FILTER (WHERE state = 'final' AND filled_quantity = 0) AS unfilled,
    count(*) FILTER (WHERE state = 'void') AS void,
    count(*) FILTER (WHERE state IN ('intended', 'resting', 'settling')) AS under_way,
    count(*) FILTER (WHERE state = 'unknown') AS unknown,
    count(*) FILTER (WHERE purpose = 'unwind') AS unwinding
FROM execution.orders
WHERE intended_at BETWEEN $__timeFrom()::timestamptz AND $__timeTo()::timestamptz
GROUP BY venue
ORDER BY venue

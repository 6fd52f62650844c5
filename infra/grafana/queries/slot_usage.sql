-- How many packages are under way or held, in all and by tier, of how many the limits in force allow (null: any number).
WITH in_force AS (
    SELECT limits FROM risk.limit_changes WHERE outcome = 'taken' ORDER BY sequence DESC LIMIT 1
)
SELECT
    slots.name AS slots,
    (SELECT count(*) FROM portfolio.packages WHERE closed_at IS NULL AND (slots.tier IS NULL OR tier = slots.tier)) AS held,
    (SELECT (limits ->> slots.limit_key)::integer FROM in_force) AS allowed,
    (SELECT (limits ->> slots.reserved_key)::integer FROM in_force) AS reserved
FROM (
    VALUES
        (NULL, 'all', 'limits.packages_open_max', NULL),
        (1, 'tier 1', 'limits.packages_open_max', 'limits.slots.reserved_for_tier_1'),
        (2, 'tier 2', 'limits.slots.tier_2_max', NULL),
        (3, 'tier 3', 'limits.slots.tier_3_max', NULL)
) AS slots(tier, name, limit_key, reserved_key)
ORDER BY slots.tier NULLS FIRST

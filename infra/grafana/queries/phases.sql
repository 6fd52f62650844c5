-- Which phase the desk has been in since when, who set it and why, the newest first.
SELECT since, phase, set_by, reason
FROM portfolio.phase_changes
WHERE since <= $__timeTo()::timestamptz
ORDER BY sequence DESC
LIMIT 20

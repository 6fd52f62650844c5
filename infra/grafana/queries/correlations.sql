-- The newest matrix of a window, pair by pair, for a heat map; null where too few returns are known.
SELECT matrix.assets[i::integer] AS asset, matrix.assets[j] AS other_asset, (line.rho ->> j - 1)::float8 AS rho
FROM (
    SELECT assets, rho
    FROM portfolio.correlation_matrices
    WHERE time_window = '$window'
    ORDER BY as_of DESC
    LIMIT 1
) AS matrix
CROSS JOIN LATERAL jsonb_array_elements(matrix.rho) WITH ORDINALITY AS line(rho, i)
CROSS JOIN LATERAL generate_series(1, cardinality(matrix.assets)) AS j
ORDER BY i, j

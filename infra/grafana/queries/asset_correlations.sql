-- How one asset moves with each other one by the newest matrix of a window, the closest first.
SELECT matrix.assets[j] AS other_asset, (line.rho ->> j - 1)::float8 AS rho
FROM (
    SELECT assets, rho
    FROM portfolio.correlation_matrices
    WHERE time_window = '$window'
    ORDER BY as_of DESC
    LIMIT 1
) AS matrix
CROSS JOIN LATERAL jsonb_array_elements(matrix.rho) WITH ORDINALITY AS line(rho, i)
CROSS JOIN LATERAL generate_series(1, cardinality(matrix.assets)) AS j
WHERE matrix.assets[line.i::integer] = '$asset' AND j <> line.i AND line.rho ->> j - 1 IS NOT NULL
ORDER BY rho DESC, other_asset

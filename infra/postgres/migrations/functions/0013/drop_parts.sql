CREATE FUNCTION portfolio.drop_parts(parent text, before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' SET lock_timeout = '250ms'
AS $$
DECLARE
    dropped integer = 0;
    part name;
    time_column name;
BEGIN
    SELECT attname INTO STRICT time_column
    FROM pg_partitioned_table JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0]
    WHERE partrelid = format('portfolio.%I', parent)::regclass;
    FOR part IN
        SELECT child.relname
        FROM pg_inherits
        JOIN pg_class AS child ON child.oid = inhrelid
        CROSS JOIN substring(pg_get_expr(child.relpartbound, child.oid) FROM $p$TO \('([^']+)'\)$p$) AS ends_at
        WHERE inhparent = format('portfolio.%I', parent)::regclass AND ends_at::timestamptz <= before
    LOOP
        EXECUTE format('DROP TABLE portfolio.%I', part);
        dropped = dropped + 1;
    END LOOP;
    EXECUTE format('DELETE FROM portfolio.%I WHERE %I < $1', parent || '_rest', time_column) USING before;
    RETURN dropped;
END $$

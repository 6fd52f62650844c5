CREATE FUNCTION portfolio.make_part(parent text, starts_at timestamptz, ends_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '250ms'
AS $$
DECLARE
    is_longer_than_a_day boolean = ends_at - starts_at > interval '1 day';
    part text = parent || to_char(starts_at, CASE WHEN is_longer_than_a_day THEN '_YYYY_MM' ELSE '_YYYY_MM_DD' END);
    rest text = parent || '_rest';
    time_column name;
BEGIN
    IF to_regclass(format('portfolio.%I', part)) IS NOT NULL THEN
        RETURN false;
    END IF;
    SELECT attname INTO STRICT time_column
    FROM pg_partitioned_table JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0]
    WHERE partrelid = format('portfolio.%I', parent)::regclass;
    -- Attached once it is filled: unlike CREATE TABLE … PARTITION OF, that lets others go on reading the whole.
    EXECUTE format('CREATE TABLE portfolio.%I (LIKE portfolio.%I INCLUDING ALL)', part, rest);
    EXECUTE format(
        'WITH moved AS (DELETE FROM portfolio.%1$I WHERE %2$I >= $1 AND %2$I < $2 RETURNING *)'
        ' INSERT INTO portfolio.%3$I SELECT * FROM moved',
        rest, time_column, part
    ) USING starts_at, ends_at;
    EXECUTE format(
        'ALTER TABLE portfolio.%I ATTACH PARTITION portfolio.%I FOR VALUES FROM (%L) TO (%L)',
        parent, part, starts_at, ends_at
    );
    RETURN true;
END $$

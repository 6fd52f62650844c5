CREATE FUNCTION portfolio.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are written once and never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$

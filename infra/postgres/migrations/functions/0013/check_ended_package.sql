CREATE FUNCTION portfolio.check_ended_package() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM portfolio.packages JOIN portfolio.package_legs USING (package_id)
        WHERE package_id = NEW.package_id AND state IN ('closed', 'aborted') AND quantity <> 0
    ) THEN
        RAISE EXCEPTION 'package % has ended and still holds something', NEW.package_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'packages_that_ended_hold_nothing';
    END IF;
    RETURN NULL;
END $$

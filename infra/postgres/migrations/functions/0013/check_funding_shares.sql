CREATE FUNCTION portfolio.check_funding_shares() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    share record = coalesce(NEW, OLD);
    difference_usd numeric;
BEGIN
    SELECT sum(shares.amount_usd) - payment.amount_usd INTO difference_usd
    FROM portfolio.funding_payments AS payment
    JOIN portfolio.funding_shares AS shares USING (venue, symbol, income_id)
    WHERE payment.venue = share.venue AND payment.symbol = share.symbol AND payment.income_id = share.income_id
    GROUP BY payment.amount_usd;
    -- Shares are of 28 digits, as Python's decimals are: their sum may differ in the last one.
    IF abs(difference_usd) > 0.000000001 THEN
        RAISE EXCEPTION 'the shares of funding payment % of % at % differ from it by % USD',
            share.income_id, share.symbol, share.venue, difference_usd
            USING ERRCODE = 'check_violation', CONSTRAINT = 'funding_shares_add_up';
    END IF;
    RETURN NULL;
END $$

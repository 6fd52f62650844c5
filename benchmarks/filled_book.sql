-- A year of a desk of 100 assets at one venue: 2,500 packages of four fills each, the newest 100 of them held, one of
-- each asset; a funding payment an asset each 8 hours, a snapshot each minute. It ends at `book.until`.
SET timezone = 'UTC';

CREATE FUNCTION pg_temp.until() RETURNS timestamptz STABLE LANGUAGE sql AS
    $$ SELECT current_setting('book.until')::timestamptz $$;

CREATE TEMP TABLE book AS
SELECT
    n,
    md5('package ' || n)::uuid AS package_id,
    'A' || n % 100 AS asset,
    n > 2400 AS is_held,
    pg_temp.until() - interval '1 day' - (2500 - n) * interval '200 minutes' AS opened_at
FROM generate_series(1, 2500) AS n;

CREATE TEMP TABLE sides AS
SELECT * FROM (VALUES ('long_leg', '/USDT', 1), ('short_leg', '/USDT:USDT', -1)) AS side(role, market, sign);

SELECT portfolio.make_part(parted.name, at, at + parted.length)
FROM (
    VALUES
        ('equity_snapshots', 'month', interval '1 month', interval '365 days'),
        ('candles_1h', 'month', interval '1 month', interval '91 days'),
        ('candles_1m', 'day', interval '1 day', interval '2 days')
) AS parted(name, period, length, back)
CROSS JOIN LATERAL generate_series(
    date_trunc(period, pg_temp.until() - back, 'UTC'), pg_temp.until() + interval '1 hour', length
) AS at;

INSERT INTO portfolio.accounts (
    venue, opened_at, reported_at, margin_balance_usd, initial_margin_usd, maintenance_margin_usd, residual_usd, is_alerting,
    brought_usd
)
VALUES ('paper', pg_temp.until() - interval '365 days', pg_temp.until(), 90000, 4000, 2000, 0, false, 0);

INSERT INTO portfolio.cash_balances (venue, wallet, currency, total)
VALUES ('paper', 'spot', 'USDT', 60000), ('paper', 'futures', 'USDT', 40000);

INSERT INTO portfolio.cash_balances (venue, wallet, currency, total)
SELECT 'paper', 'spot', asset, 10 FROM book WHERE is_held;

INSERT INTO portfolio.positions (venue, symbol, quantity, cost, is_provisional)
SELECT 'paper', asset || '/USDT:USDT', -10, -1000, false FROM book WHERE is_held;

INSERT INTO portfolio.packages (
    package_id, strategy, asset, tier, state, opened_at, closed_at, last_fill_at, realised_pnl_usd, funding_usd, fees_usd,
    slippage_usd, borrow_usd, hedge_ratio, settled_approvals
)
SELECT
    package_id, 'funding_carry', asset, 3, CASE WHEN is_held THEN 'open' ELSE 'closed' END, opened_at,
    CASE WHEN NOT is_held THEN opened_at + interval '3 days' END, opened_at, 1.5, 2.5, 1, 0.25, 0, 1, '{}'
FROM book;

INSERT INTO portfolio.package_legs (package_id, role, venue, symbol, quantity, cost, peak_quantity)
SELECT
    package_id, role, 'paper', asset || market, CASE WHEN is_held THEN sign * 10 ELSE 0 END,
    CASE WHEN is_held THEN sign * 1000 ELSE 0 END, 10
FROM book, sides;

INSERT INTO portfolio.fills (
    venue, symbol, trade_id, package_id, approval_id, strategy, asset, action, role, purpose, side, client_order_id,
    order_id, quantity, price, decision_price, fee, fee_currency, fee_usd, realised_pnl_usd, slippage_usd, filled_at
)
SELECT
    'paper', asset || market, n || action, package_id, md5(action || n)::uuid, 'funding_carry', asset, action, role, 'leg',
    CASE WHEN (sign > 0) = (action = 'open') THEN 'buy' ELSE 'sell' END, 'c' || n, 'o' || n, 10, 100 + n % 7, 100 + n % 5,
    0.25, 'USDT', 0.25, 0.5, 0.0625, opened_at + after
FROM book, sides, (VALUES ('open', interval '0'), ('close', interval '3 days')) AS done(action, after)
WHERE action = 'open' OR NOT is_held;

INSERT INTO portfolio.asset_totals (asset, realised_pnl_usd, funding_usd, fees_usd, slippage_usd, borrow_usd)
SELECT asset, 40, 60, 25, 6, 0 FROM book WHERE is_held;

INSERT INTO portfolio.funding_payments (venue, symbol, income_id, asset, amount, currency, amount_usd, paid_at)
SELECT
    'paper', asset || '/USDT:USDT', n || ' ' || settlement, asset, settlement % 11 - 4, 'USDT', settlement % 11 - 4,
    pg_temp.until() - settlement * interval '8 hours'
FROM book, generate_series(0, 3 * 365 - 1) AS settlement
WHERE is_held;

INSERT INTO portfolio.funding_shares (venue, symbol, income_id, package_id, amount_usd)
SELECT payments.venue, payments.symbol, income_id, package_id, amount_usd
FROM portfolio.funding_payments AS payments
JOIN book ON book.asset = payments.asset AND is_held AND paid_at >= opened_at;

INSERT INTO portfolio.day_starts (day, equity_usd)
SELECT pg_temp.until()::date - ago, 100000 FROM generate_series(0, 365) AS ago;

INSERT INTO portfolio.asset_day_starts (
    day, asset, pnl_usd, price_usd, funding_usd, fees_usd, borrow_usd, slippage_usd
)
SELECT day, asset, 70, 41, 60, 25, 0, 6 FROM portfolio.day_starts, book WHERE is_held;

INSERT INTO portfolio.equity_snapshots (
    as_of, equity_usd, realised_pnl_usd, unrealised_pnl_usd, funding_usd, fees_usd, borrow_usd, slippage_usd,
    exposure_usd, net_delta_usd, net_gamma_usd, ledger_residual_usd, external_usd
)
SELECT
    at, 100000 + n * 0.01 + 300 * sin(n / 9000.0)::numeric, n * 0.004, 12.5, n * 0.008, n * 0.002, 0, 1, 35000 + n % 500,
    n % 90 - 45, 0, 0, 0
FROM generate_series(pg_temp.until() - interval '365 days', pg_temp.until(), interval '1 minute')
    WITH ORDINALITY AS minute(at, n);

INSERT INTO portfolio.decisions (
    decision_id, request_id, package_id, action, strategy, asset, verdict, requested_exposure_usd, approved_exposure_usd,
    binding_limit, reason, checks, approval_id, decided_at
)
SELECT
    md5('decision ' || n)::uuid, md5('request ' || n)::uuid, md5('asked ' || n)::uuid, 'open', 'funding_carry',
    'A' || n % 100, CASE WHEN is_let_in THEN 'approved' ELSE 'rejected' END, 5000, CASE WHEN is_let_in THEN 5000 ELSE 0 END,
    CASE WHEN NOT is_let_in THEN 'limit_' || n % 12 END, 'as measured',
    '[{"limit": "position_size", "value": "0.05", "allowed": "0.1", "passed": true, "passing_exposure_usd": "10000"}]',
    CASE WHEN is_let_in THEN md5('approval ' || n)::uuid END, pg_temp.until() - n * interval '365 days' / 200000
FROM generate_series(1, 200000) AS n
CROSS JOIN LATERAL (SELECT n % 80 = 0 AS is_let_in) AS verdict;

INSERT INTO portfolio.candles (venue, symbol, interval, opened_at, asset, open, high, low, close, volume)
SELECT
    'paper', asset || market, span.interval, date_trunc('minute', pg_temp.until()) - place * length, asset, 100, 101, 99,
    100 + place % 13 * 0.1, 5
FROM book, sides, (VALUES ('1m', interval '1 minute', 1440), ('1h', interval '1 hour', 2160)) AS span(interval, length, bars)
CROSS JOIN LATERAL generate_series(1, bars) AS place
WHERE is_held AND (role = 'long_leg' OR span.interval = '1m');

INSERT INTO portfolio.correlation_matrices (time_window, as_of, assets, rho, points, mean_rho, is_spike)
SELECT time_window, pg_temp.until() - place * interval '15 minutes', assets, rho, 1440, 0.4, false
FROM (VALUES ('24h'), ('90d'), ('spread_returns')) AS windows(time_window)
CROSS JOIN generate_series(0, 95) AS place
CROSS JOIN (SELECT array_agg(asset ORDER BY n) AS assets FROM book WHERE is_held) AS names
CROSS JOIN (
    SELECT jsonb_agg(line ORDER BY a) AS rho
    FROM (
        SELECT a, jsonb_agg(CASE WHEN a = b THEN 1 ELSE (a * b % 89)::numeric / 100 END ORDER BY b) AS line
        FROM generate_series(1, 100) AS a, generate_series(1, 100) AS b
        GROUP BY a
    ) AS lines
) AS matrix;

INSERT INTO risk.limit_changes (
    change_id, sequence, trace_id, operator, reason, ordered_at, outcome, settled_at, profile, digest_after, changes,
    notices, limits
)
SELECT
    gen_random_uuid(), 1, gen_random_uuid(), 'start', '', pg_temp.until(), 'taken', pg_temp.until(), 'focused', '', '{}',
    '[]', '{"limits.packages_open_max": 20, "limits.slots.reserved_for_tier_1": 2, "limits.slots.tier_2_max": 2,
    "limits.asset_daily_loss_pct": 3, "limits.position_size_pct": 10, "limits.risk_per_trade_pct": 2,
    "limits.exits.stop_loss_pct": 5}';

INSERT INTO execution.packages (
    package_id, strategy, asset, state, long_instrument, short_instrument, hedge_ratio, long_held, short_held
)
SELECT package_id, 'funding_carry', asset, CASE WHEN is_held THEN 'open' ELSE 'closed' END, '{}', '{}', 1, 0, 0
FROM book;

INSERT INTO execution.approvals (approval_id, package_id, approved, expires_at, taken_at, status, ended_at, outcome, told)
SELECT package_id, package_id, '{}', opened_at, opened_at, 'done', opened_at, '', 0
FROM book;

INSERT INTO execution.orders (
    client_order_id, approval_id, package_id, role, purpose, attempt, venue, symbol, side, quantity, limit_price,
    decision_price, reduce_only, intended_at, state, filled_quantity, detail, style
)
SELECT
    'order ' || n || role || purpose, package_id, package_id, role, 'leg', 0, 'paper', asset || market,
    CASE sign WHEN 1 THEN 'buy' ELSE 'sell' END, 1, 100, 100, false, opened_at, 'final', 1, '', 'ioc'
FROM book, sides, (VALUES ('entry'), ('exit')) AS orders(purpose);

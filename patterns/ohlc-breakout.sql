-- A trade above the high of its instrument's last bar of 10 ms, from one at or below it, and within
-- 2 ms another one still above on more than the bar's mean size: a breakout that volume confirms.
PATTERN "ohlc-breakout" FROM market
DERIVE
  high AS MAX(price) FILTER (WHERE kind = 'Trade')
    OVER (PARTITION BY instrument TUMBLE 10 MS),
  usual AS AVG(size) FILTER (WHERE kind = 'Trade')
    OVER (PARTITION BY instrument TUMBLE 10 MS)
MATCH_RECOGNIZE (
  PARTITION BY instrument
  KINDS ('Trade')
  MEASURES out.high AS high, out.price AS price, confirmed.size AS size
  AFTER MATCH SKIP PAST LAST ROW EAGER
  PATTERN ( inside out -> confirmed )
  WITHIN 2 MS
  DEFINE
    inside AS price <= high,
    out AS price > high,
    confirmed AS price > high AND size > 2 * usual
);

-- Three or more rising trades, then one back at the first price or below, in 50 microseconds.
PATTERN spike FROM mkt MATCH_RECOGNIZE (
  PARTITION BY sym
  MEASURES MAX(up.price) AS peak, SUM(up.qty) AS vol
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( base -> up{3,} -> down )
  WITHIN 50 US
  DEFINE
    base AS kind = 'TRADE',
    up AS kind = 'TRADE' AND price > PREV(price),
    down AS kind = 'TRADE' AND price <= FIRST(base.price)
)

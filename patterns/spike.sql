-- Three or more trades of an instrument, each above the one before, then one back at the first
-- price or below: all within a millisecond.
PATTERN spike FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  MEASURES
    base.price AS start,
    MAX(up.price) AS peak,
    SUM(up.size) AS volume,
    COUNT(up.*) AS rises
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( base -> up{3,} -> down )
  WITHIN 1 MS
  DEFINE
    base AS kind = 'Trade',
    up AS kind = 'Trade' AND price > PREV(price),
    down AS kind = 'Trade' AND price <= base.price
);

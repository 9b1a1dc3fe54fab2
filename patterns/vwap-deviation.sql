-- A trade 1 % or more above the average price of its instrument's last 10 ms, and within the next
-- 5 ms one back at the average or below: a price that nobody follows. The first to complete drops
-- all others of its instrument.
PATTERN "vwap-deviation" FROM market
DERIVE
  vwap AS VWAP(price, size) FILTER (WHERE kind = 'Trade')
    OVER (PARTITION BY instrument RANGE 10 MS),
  trades AS COUNT(*) FILTER (WHERE kind = 'Trade')
    OVER (PARTITION BY instrument RANGE 10 MS)
MATCH_RECOGNIZE (
  PARTITION BY instrument
  MEASURES away.price AS price, away.vwap AS average, back.price AS then
  AFTER MATCH SKIP PAST LAST ROW EAGER
  PATTERN ( away -> back )
  WITHIN 5 MS
  DEFINE
    away AS kind = 'Trade' AND trades >= 3 AND price >= vwap * 1.01,
    back AS kind = 'Trade' AND price <= vwap
);

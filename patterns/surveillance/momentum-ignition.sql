-- Trades of an instrument in a row, no order between them: a first one, five or more that are each
-- at least 0.3 % above the one before, and falling ones back to the first price. Somebody drives
-- the price up faster than anybody quotes, and sells into it.
PATTERN "momentum-ignition" FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  MEASURES base.price AS start, LAST(up.price) AS peak
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( base up{5,} down* back )
  WITHIN 5 MS
  DEFINE
    base AS kind = 'Trade',
    up AS kind = 'Trade' AND price * 1000 >= PREV(price) * 1003,
    down AS kind = 'Trade' AND price < PREV(price) AND price > base.price,
    back AS kind = 'Trade' AND price <= base.price
);

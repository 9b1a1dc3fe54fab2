-- Five trades or more after a first one, each at least 0.3 % above the one before, then one back at
-- the first price.
PATTERN "momentum-ignition" FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  MEASURES base.price AS start, LAST(up.price) AS peak
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( base -> up{5,} -> back )
  WITHIN 5 MS
  DEFINE
    base AS kind = 'Trade',
    up AS kind = 'Trade' AND price * 1000 >= PREV(price) * 1003,
    back AS kind = 'Trade' AND price <= base.price
);

-- Bursts.
PATTERN spike
FROM mkt
MATCH_RECOGNIZE (
  PARTITION BY sym

  PATTERN ( base -> up+ -> down )
  DEFINE up AS price > base.price
)

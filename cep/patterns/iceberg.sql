-- Fills at one price, each followed by the shown size coming back: a hidden order.
PATTERN iceberg FROM mkt MATCH_RECOGNIZE (
  PARTITION BY oid
  MEASURES COUNT(f) AS refills, SUM(f.qty) AS hidden
  ALL MATCHES LIMIT 1
  PATTERN ( (f -> rf){4,} )
  WITHIN 5 S
  DEFINE
    f AS kind = 'EXEC',
    rf AS kind = 'REPLENISH' AND price = f.price AND shown >= FIRST(rf.shown)
)

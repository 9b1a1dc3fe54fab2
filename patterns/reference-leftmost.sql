-- A trade, one 0.2 % higher, one 0.2 % below that, within a millisecond; the one that starts first wins, as in SQL.
PATTERN "reference-leftmost" FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( a -> b -> c )
  WITHIN 1 MS
  DEFINE
    a AS kind = 'Trade',
    b AS kind = 'Trade' AND price * 1000 >= a.price * 1002,
    c AS kind = 'Trade' AND price * 1000 <= b.price * 998
);

-- A trade, one 0.2 % higher, one 0.2 % below that, within a millisecond; the first to complete drops all others of its instrument.
PATTERN "reference-eager" FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  AFTER MATCH SKIP PAST LAST ROW EAGER
  PATTERN ( a -> b -> c )
  WITHIN 1 MS
  DEFINE
    a AS kind = 'Trade',
    b AS kind = 'Trade' AND price * 1000 >= a.price * 1002,
    c AS kind = 'Trade' AND price * 1000 <= b.price * 998
);

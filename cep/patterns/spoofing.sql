-- A large order away from the touch, a fill on the other side, then its cancellation.
PATTERN spoofing FROM mkt MATCH_RECOGNIZE (
  PARTITION BY acct, sym
  PATTERN ( big -> fill -> c )
  WITHIN 500 US
  DEFINE
    big AS kind = 'ADD' AND qty >= 50 * 100
           AND ((side = 'B' AND price < bid) OR (side = 'S' AND price > ask)),
    fill AS kind = 'EXEC' AND side <> big.side,
    c AS kind = 'CANCEL' AND oid = big.oid
)

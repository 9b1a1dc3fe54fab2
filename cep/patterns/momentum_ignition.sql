-- A burst of aggressive buys by one account that lifts the price, then its sale into it.
PATTERN momentum_ignition FROM mkt MATCH_RECOGNIZE (
  PARTITION BY sym
  MEASURES FIRST(b.acct) AS acct, LAST(b.price) - FIRST(b.price) AS move, SUM(b.qty) AS vol
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( a -> b{5,} -> r )
  WITHIN 2 MS
  DEFINE
    a AS kind = 'EXEC' AND side = 'B',
    b AS kind = 'EXEC' AND side = 'B' AND acct = a.acct AND price >= PREV(price),
    r AS kind = 'EXEC' AND side = 'S' AND acct = a.acct AND price >= a.price + 3
)

-- Buy and sale of the same size at the same price by linked accounts, in either order. Whichever
-- comes first reads nothing of the other; the second is held against it.
PATTERN wash_trade FROM mkt MATCH_RECOGNIZE (
  PARTITION BY sym, qty, price
  CONSUME PARTITION
  PATTERN ( PERMUTE(b, s) RELAXED )
  WITHIN 100 MS
  DEFINE
    b AS kind = 'EXEC' AND side = 'B' AND (COUNT(s) = 0 OR link(acct) = link(s.acct)),
    s AS kind = 'EXEC' AND side = 'S' AND (COUNT(b) = 0 OR link(acct) = link(b.acct))
)

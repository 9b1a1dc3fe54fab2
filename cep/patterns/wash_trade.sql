-- Buy and sale of the same size at the same price by linked accounts, in either order. It is
-- known at once: an earlier fill that still waits for its like holds nothing back.
PATTERN wash_trade FROM mkt MATCH_RECOGNIZE (
  PARTITION BY sym, qty, price
  AFTER MATCH SKIP PAST LAST ROW EAGER
  CONSUME PARTITION
  PATTERN ( PERMUTE(b, s) RELAXED )
  WITHIN 100 MS
  DEFINE
    b AS kind = 'EXEC' AND side = 'B',
    s AS kind = 'EXEC' AND side = 'S' AND link(acct) = link(b.acct)
)

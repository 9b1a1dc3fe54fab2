-- A large bid, an execution of another order of the instrument, then that bid deleted, within
-- 5 ms; every match.
PATTERN layering FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  AFTER MATCH SKIP NONE
  PATTERN ( large -> fill -> gone )
  WITHIN 5 MS
  DEFINE
    large AS kind = 'Add' AND side = 'Bid' AND size >= 300,
    fill AS kind = 'Exec' AND order_id <> large.order_id,
    gone AS kind = 'Delete' AND order_id = large.order_id
);

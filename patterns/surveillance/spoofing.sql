-- A large order, an execution of an earlier small one on the other side, and the large one deleted
-- at once: it was not meant to be executed.
PATTERN spoofing FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( genuine -> large -> fill -> gone )
  WITHIN 5 MS
  DEFINE
    genuine AS kind = 'Add',
    large AS kind = 'Add' AND side <> genuine.side AND size >= 5000,
    fill AS kind = 'Exec' AND order_id = genuine.order_id,
    gone AS kind = 'Delete' AND order_id = large.order_id
);

-- Three orders that look like depth, an execution of an earlier order on the other side, and the
-- three deleted in their turn.
PATTERN layering FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( genuine -> layer1 -> layer2 -> layer3 -> fill -> gone1 -> gone2 -> gone3 )
  WITHIN 5 MS
  DEFINE
    genuine AS kind = 'Add',
    layer1 AS kind = 'Add' AND side <> genuine.side AND size >= 1500,
    layer2 AS kind = 'Add' AND side = layer1.side AND size >= 1500 AND price <> layer1.price,
    layer3 AS kind = 'Add' AND side = layer1.side AND size >= 1500 AND price <> layer2.price,
    fill AS kind = 'Exec' AND order_id = genuine.order_id,
    gone1 AS kind = 'Delete' AND order_id = layer1.order_id,
    gone2 AS kind = 'Delete' AND order_id = layer2.order_id,
    gone3 AS kind = 'Delete' AND order_id = layer3.order_id
);

-- An order executed whole and entered anew with the same side, size and price, three times in a
-- row: the tips of one that is not shown. The new one is the very next message of the instrument.
PATTERN iceberg FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( tip -> hit1 tip2 -> hit2 tip3 -> hit3 tip4 )
  WITHIN 2 MS
  DEFINE
    tip AS kind = 'Add' AND size >= 200,
    hit1 AS kind = 'Exec' AND order_id = tip.order_id AND size = tip.size,
    tip2 AS kind = 'Add' AND side = tip.side AND size = tip.size AND price = tip.price,
    hit2 AS kind = 'Exec' AND order_id = tip2.order_id AND size = tip.size,
    tip3 AS kind = 'Add' AND side = tip.side AND size = tip.size AND price = tip.price,
    hit3 AS kind = 'Exec' AND order_id = tip3.order_id AND size = tip.size,
    tip4 AS kind = 'Add' AND side = tip.side AND size = tip.size AND price = tip.price
);

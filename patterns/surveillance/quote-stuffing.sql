-- Twenty-five orders of an instrument one after the other, each deleted before the next.
PATTERN "quote-stuffing" FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( (quote pulled){25} )
  WITHIN 1 MS
  DEFINE
    quote AS kind = 'Add',
    pulled AS kind = 'Delete' AND order_id = PREV(order_id)
);

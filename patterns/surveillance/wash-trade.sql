-- A participant's offer executed whole, and at once its bid of the same size and price: it owns
-- what it owned before, and volume was made. Of orders with an attribution only; who traded against
-- them ITCH does not say.
PATTERN "wash-trade" FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  AFTER MATCH SKIP PAST LAST ROW
  PATTERN ( offer -> sold -> bid -> bought )
  WITHIN 2 MS
  DEFINE
    offer AS kind = 'Add' AND side = 'Ask' AND aux <> 0,
    sold AS kind = 'Exec' AND order_id = offer.order_id AND size = offer.size,
    bid AS kind = 'Add' AND side = 'Bid' AND aux = offer.aux
        AND price = offer.price AND size = offer.size,
    bought AS kind = 'Exec' AND order_id = bid.order_id AND size = offer.size
);

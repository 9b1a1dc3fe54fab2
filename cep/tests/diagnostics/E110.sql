PATTERN p FROM mkt MATCH_RECOGNIZE (
  MEASURES x.price AS p
  PATTERN ( NOT l FOR 1 MS -> a -> NOT x -> b -> c+ )
  WITHIN 1 S
  DEFINE a AS price > c.price AND price > PREV(price),
         b AS price > x.price,
         c AS price > b.price AND price > LAST(c.price, 1),
         l AS price > FIRST(price)
)

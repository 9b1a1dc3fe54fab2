FROM mkt MATCH_RECOGNIZE (
  PATTERN ( (a NOT b | c) )
  WITHIN 1 MS
  DEFINE a AS price > 10, b AS price > c.price, c AS price > 20
)

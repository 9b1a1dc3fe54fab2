PATTERN p FROM mkt MATCH_RECOGNIZE (
  ALL MATCHES
  PATTERN ( a -> b )
  WITHIN 5 S
  DEFINE b AS price > a.price
)

FROM mkt MATCH_RECOGNIZE (
  PATTERN ( a NOT x )
  DEFINE x AS price > a.price
)

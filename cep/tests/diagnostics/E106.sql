PATTERN p FROM mkt MATCH_RECOGNIZE (
  PATTERN ( a )
  DEFINE a AS price * bid * ask > 1 AND price * 1e30 > qty
)

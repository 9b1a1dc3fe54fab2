PATTERN p FROM mkt MATCH_RECOGNIZE (
  PARTITION BY sym, sym
  MEASURES a.price AS p, a.qty AS p
  PATTERN ( a )
  DEFINE a AS price > 1, a AS price > 2
)

PATTERN p FROM mkt MATCH_RECOGNIZE (
  PATTERN ( a )
)

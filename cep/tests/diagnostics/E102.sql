PATTERN p FROM mkt MATCH_RECOGNIZE (
  MEASURES price > 5 AS up, 'B' AS b
  PATTERN ( a b )
  DEFINE a AS price = 'ADD' AND kind = 3 AND side < 'S' AND ioc > 1 AND qty,
         b AS kind = side OR 'x' = 'y' OR (price > 3) + 1 = 2 OR SUM(side) > 2 OR b.* = 1
              OR link(score) = 1 OR -ioc = 1
)

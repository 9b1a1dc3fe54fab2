PATTERN p FROM mkt MATCH_RECOGNIZE (
  ORDER BY price
  ALL ROWS PER MATCH
  MEASURES LAG(price) AS l
  PATTERN ( ^ a {- b -} $ )
  SUBSET u = (a, b)
  DEFINE a AS NEXT(price) > FINAL LAST(a.price),
         b AS MATCH_NUMBER() = 3
)

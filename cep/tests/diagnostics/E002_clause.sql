PATTERN p FROM mkt MATCH_RECOGNIZE (
  PARTITION sym
  PATTERN ( a -> )
  WITHIN 5
  DEFINE a AS price > ,
         b price > 5,
         c AS price = = 5
)

FROM mkt PATTERN ( a )

PATTERN later FROM mkt MATCH_RECOGNIZE ( PATTERN ( a

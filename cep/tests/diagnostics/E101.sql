PATTERN p FROM mkt MATCH_RECOGNIZE (
  PARTITION BY symbol
  MEASURES a.volume AS v
  PATTERN ( a b )
  DEFINE a AS prise > 5 AND qty < 3,
         b AS a > 5 AND a.pirce < LAST(b.oidd, 1)
)

PATTERN p FROM mkt MATCH_RECOGNIZE (
  MEASURES bas.price AS p, mkt.price AS q
  AFTER MATCH SKIP TO LAST dwon
  PATTERN ( base down )
  DEFINE down AS price < bsae.price
)

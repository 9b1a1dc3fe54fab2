PATTERN p FROM mkt MATCH_RECOGNIZE (
  ALL MATCHES
  PATTERN ( a ->> b )
  WITHIN 1 MS
  EMIT SUM(a.score)
  DEFINE a AS kind = 'TRADE', b AS kind = 'CANCEL'
)

PATTERN p FROM mkt MATCH_RECOGNIZE (
  ALL MATCHES
  PATTERN ( a ->> b )
  WITHIN 5 S
  DEFINE a AS kind = 'ADD', b AS kind = 'EXEC' AND oid = a.oid
)

PATTERN p FROM mkt MATCH_RECOGNIZE (
  PATTERN ( a ) -- § in a comment is fine
  DEFINE a AS price > §5 AND kind = 'ADD
)
/* no end

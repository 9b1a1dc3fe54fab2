FROM mkt MATCH_RECOGNIZE (
  PATTERN ( NOT z a -> NOT x b -> NOT x FOR 5 MS -> c (d -> NOT x)+ -> NOT x+ )
  WITHIN 5 S
)
FROM mkt MATCH_RECOGNIZE (
  PATTERN ( NOT z FOR 1 S a -> NOT x b -> NOT x FOR 5 MS -> c (d -> NOT x)+ e? STRICT -> GAP 5 MS NOT x )
  WITHIN 5 S
)

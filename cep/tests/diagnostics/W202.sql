PATTERN p FROM mkt MATCH_RECOGNIZE (
  PATTERN ( base down )
  DEFINE base AS price > 1, dwn AS price < 5, extra AS price < 3
)

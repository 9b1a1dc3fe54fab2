-- A trade under the average price, and the next well above it, in size.
PATTERN vwap_cross FROM mkt MATCH_RECOGNIZE (
  PARTITION BY sym
  AFTER MATCH SKIP TO LAST above
  PATTERN ( below above )
  DEFINE
    below AS price < vwap,
    above AS price >= vwap + 1 AND qty >= 500
)

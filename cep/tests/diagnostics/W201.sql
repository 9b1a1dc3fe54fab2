FROM stock MATCH_RECOGNIZE (
  PATTERN ( a b c d )
  DEFINE a AS name = 'NotExists' AND volume > 5,
         b AS price > 26.05 AND price <= 26.049999999,
         c AS volume < 0 OR event_type IN ('BUY') AND event_type = 'SELL',
         d AS price = 0.00000000015
)

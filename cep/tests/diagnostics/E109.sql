SELECT t.first, price, m.last, t.symbl AS key, volume
FROM mkt MATCH_RECOGNIZE (
  PARTITION BY sym
  MEASURES a.price AS first, b.price AS last
  PATTERN ( a b )
  DEFINE b AS price > PREV(price)
) AS t;

SELECT t.first FROM mkt MATCH_RECOGNIZE (
  MEASURES a.price AS first
  PATTERN ( a b )
)

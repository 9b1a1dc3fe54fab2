PATTERN p FROM mkt DERIVE
  price AS MAX(price) OVER (),
  a AS MEDIAN(price) OVER (),
  b AS VWAP(price) OVER (),
  c AS SUM(prise) OVER (RANGE 0 S),
  d AS FIRST(price) OVER (RANGE 1 S),
  e AS EWMA(price, 0.5) OVER (ROWS 3),
  f AS EWMA(price, 2) OVER (),
  g AS MIN(price) FILTER (WHERE PREV(price) > 1) OVER (),
  h AS COUNT(*) OVER (PARTITION BY price, qty),
  h AS COUNT(*) OVER (ORDER BY price)
MATCH_RECOGNIZE (
  PATTERN ( a b )
);
PATTERN q FROM mkt DERIVE a AS AVG(price) OVER (RANGE 1 S PRECEDING) MATCH_RECOGNIZE (
  PATTERN ( x )
);
PATTERN r FROM mkt DERIVE a AS AVG(price) MATCH_RECOGNIZE (
  PATTERN ( x )
);
PATTERN s FROM mkt DERIVE a AS price OVER () MATCH_RECOGNIZE (
  PATTERN ( x )
);
PATTERN t FROM mkt DERIVE mean AS AVG(price) OVER () MATCH_RECOGNIZE (
  PATTERN ( x )
  DEFINE x AS price > maen
);

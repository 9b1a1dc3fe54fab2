PATTERN p FROM mkt MATCH_RECOGNIZE (
  PATTERN ( a b )
  DEFINE a AS lnk(acct) = 1 AND AVERAGE(a.price) > 5 AND link(acct, 1) = 2,
         b AS SUM(b.price, 2) > 1 AND PREV(a.price) > 1 AND LAST(b.price, 1.5) > 1
              AND EWMA(b.price, 2) > 1 AND VWAP(a.price, b.qty) > 1 AND MAX(price + 1) > 2
              AND LAG(a.price) > 1
)

PATTERN first FROM mkt MATCH_RECOGNIZE (
  PARTITION BY symb
  PATTERN ( base -> up+ -> down )
  AFTER MATCH SKIP TO NEXT RWO
  DEFINE up AS price > bas.price + 'x',
         down AS qty >,
         extra AS TRUE
);
SELECT 5 FROM mkt MATCH_RECOGNIZE (
  PATTERN ( a b )
  WITHIN 5 PARSECS
  DEFINE a AS kind = 'EXEK'
)

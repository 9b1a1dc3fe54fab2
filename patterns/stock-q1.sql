-- INTC sold, RIMM bought, QQQ bought, within 10 s: the steps of CORE's first stock query, each
-- the first that fits.
PATTERN "stock-q1" FROM market MATCH_RECOGNIZE (
  AFTER MATCH SKIP NONE
  PATTERN ( intc -> rimm -> qqq )
  WITHIN 10 S
  DEFINE
    intc AS kind = 'Trade' AND side = 'Ask' AND instrument = 'INTC',
    rimm AS kind = 'Trade' AND side = 'Bid' AND instrument = 'RIMM',
    qqq AS kind = 'Trade' AND side = 'Bid' AND instrument = 'QQQ'
);

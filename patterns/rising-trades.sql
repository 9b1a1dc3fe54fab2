-- Three trades of an instrument, each above the one before, within 50 ms; the first to complete
-- drops all others of its instrument.
PATTERN "rising-trades" FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  AFTER MATCH SKIP PAST LAST ROW EAGER
  PATTERN ( low -> middle -> high )
  WITHIN 50 MS
  DEFINE
    low AS kind = 'Trade',
    middle AS kind = 'Trade' AND price > low.price,
    high AS kind = 'Trade' AND price > middle.price
);

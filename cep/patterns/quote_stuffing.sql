-- 200 orders and cancels of one account in a millisecond, with nothing else in between.
PATTERN quote_stuffing FROM mkt MATCH_RECOGNIZE (
  PARTITION BY acct, sym
  PATTERN ( q{200,} )
  WITHIN 1 MS
  DEFINE q AS kind IN ('ADD', 'CANCEL')
)

-- Best prices at most 2 cents apart, and at least 5 times as far apart within 1 ms: liquidity has
-- gone. The first to complete drops all others of its instrument.
PATTERN widening FROM market MATCH_RECOGNIZE (
  PARTITION BY instrument
  AFTER MATCH SKIP PAST LAST ROW EAGER
  PATTERN ( narrow -> wide )
  WITHIN 1 MS
  DEFINE
    narrow AS kind = 'Quote' AND bid_size > 0 AND ask_size > 0 AND ask - bid <= 0.02 AND ask > bid,
    wide AS kind = 'Quote' AND bid_size > 0 AND ask_size > 0
      AND ask - bid >= 5 * narrow.ask - 5 * narrow.bid
);

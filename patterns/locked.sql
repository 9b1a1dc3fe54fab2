-- A best bid at the best ask (locked) or above it (crossed).
PATTERN locked FROM market MATCH_RECOGNIZE (
  PATTERN ( locked )
  DEFINE
    locked AS kind = 'Quote' AND bid_size > 0 AND ask_size > 0 AND bid >= ask
);

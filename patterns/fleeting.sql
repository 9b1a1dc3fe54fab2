-- An order of 500 shares or more, deleted within 100 us; every match.
PATTERN fleeting FROM market MATCH_RECOGNIZE (
  PARTITION BY order_id
  AFTER MATCH SKIP NONE
  PATTERN ( add -> gone )
  WITHIN 100 US
  DEFINE
    add AS kind = 'Add' AND size >= 500,
    gone AS kind = 'Delete'
);

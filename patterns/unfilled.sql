-- An order of 500 shares or more that is neither executed nor changed for ten milliseconds. The
-- match comes out at the first event ten milliseconds later, of whatever order: nothing has to
-- happen to this one.
PATTERN unfilled FROM market MATCH_RECOGNIZE (
  PARTITION BY order_id
  MEASURES
    placed.instrument AS instrument,
    placed.size AS size
  PATTERN ( placed -> NOT touched FOR 10 MS )
  DEFINE
    placed AS kind = 'Add' AND size >= 500,
    touched AS kind IN ('Exec', 'ExecPrice', 'Cancel', 'Delete', 'Replace')
);

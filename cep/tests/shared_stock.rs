//! CORE's matches of its own queries on its stock data: how many, where, and which.

#[path = "text/schemas.rs"]
mod schemas;
#[path = "shared_stock/run.rs"]
mod stock;

use stock::{Answer, EXPECTED, answer, query, rows};

#[test]
fn gives_the_matches_that_core_gives() {
    let Some(rows) = rows() else { return };
    let Ok(expected) = std::fs::read_to_string(EXPECTED) else {
        eprintln!("SKIPPED: {EXPECTED}");
        return;
    };
    let expected: serde_json::Value = serde_json::from_str(&expected).expect("JSON");
    let results = expected["results"].as_array().expect("results");
    assert!(results.len() >= 14, "results are missing");
    for result in results {
        let name = result["query"].as_str().expect("a name");
        let checksum = result["checksum"].as_str().expect("a checksum");
        let expected = Answer {
            outputs: result["output_events"].as_u64().expect("a count"),
            matches: result["matches"].as_u64().expect("a count"),
            checksum: u64::from_str_radix(checksum, 16).expect("a number"),
        };
        let (answer, counts) = answer(&query(name), &rows);
        assert_eq!(answer, expected, "{name}");
        assert_eq!(
            (counts.nodes_lost, counts.matches_lost, counts.keys_refused),
            (0, 0, 0),
            "{name}"
        );
    }
}
